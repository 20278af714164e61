import { packer } from '#packer'
import { ProtocolError } from './errors.ts'
import type { Packer } from './packer.ts'

/**
 * Encodes a value as plain msgpack that any decoder reads: maps with string keys, arrays, strings, integers, float64, booleans, nil, bin.
 *
 * Integers are always msgpack integers, also past 2^32, so that typed languages can read them into one. Fields that are undefined are left
 * out; in an array undefined is nil. Typed arrays of numbers become arrays; a Uint8Array becomes bin. The result is not written to again.
 */
export function encodeMsgpack(value: unknown, by: Packer = packer): Uint8Array {
  return by.pack(plain(value))
}

/**
 * Decodes one plain msgpack value. Integers come back as numbers, exact up to 2^53.
 *
 * Whatever the bytes, nothing but a value or ProtocolError 400 comes out: extensions, unknown tags, nesting past 32, lengths past the end and
 * trailing bytes are refused before anything is built from them. One extension is let through: `d4 00 xx`, which stock Socket.IO clients
 * send for undefined.
 */
export function decodeMsgpack(bytes: Uint8Array | ArrayBuffer, by: Packer = packer): unknown {
  const source = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes
  checkPlain(source)
  try {
    return by.unpack(source)
  } catch (cause) {
    throw new ProtocolError('bad-request', 'not plain msgpack: the bytes do not decode', { cause })
  }
}

/** A packer writes whole numbers past 32 bits as floats, unless they are bigints. */
function plain(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return isWide(value) ? BigInt(value) : value
    case 'object':
      if (value === null || value instanceof Uint8Array) return value
      if (Array.isArray(value)) return plainArray(value)
      if (ArrayBuffer.isView(value)) return plainArray(Array.from(value as Int32Array))
      return plainObject(value as Record<string, unknown>)
    default:
      return value
  }
}

function isWide(value: number): boolean {
  return (value > 0xffff_ffff || value < -0x8000_0000) && Number.isSafeInteger(value)
}

/** Copies only from the first element that changes, as almost none do. */
function plainArray(values: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    const put = plain(value)
    if (copy) copy.push(put)
    else if (put !== value) {
      copy = values.slice(0, i)
      copy.push(put)
    }
  }
  return copy ?? values
}

function plainObject(fields: Record<string, unknown>): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(fields)) {
    const value = fields[key]
    if (value !== undefined) copy[key] = plain(value)
  }
  return copy
}

const MAX_NESTING = 32

/** Walks the tags and lengths of the bytes, building nothing. */
function checkPlain(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.length
  /** Values still to come at each level of nesting. */
  const owed = [1]
  let at = 0
  while (owed.length > 0) {
    const level = owed.length - 1
    if (owed[level] === 0) {
      owed.pop()
      continue
    }
    owed[level] = (owed[level] as number) - 1
    if (at >= end) throw refused(`it ends at byte ${end} inside a value`)
    const tag = bytes[at++] as number
    let children = 0
    if (tag <= 0x7f || tag >= 0xe0) continue
    if (tag <= 0x8f) children = (tag & 0x0f) * 2
    else if (tag <= 0x9f) children = tag & 0x0f
    else if (tag <= 0xbf) at += tag & 0x1f
    else {
      const size = LENGTH_BYTES[tag - 0xc0] as number
      if (size < 0 || (tag === 0xd4 && bytes[at] !== 0))
        throw refused(`tag 0x${tag.toString(16)} at byte ${at - 1} is not allowed`)
      if (at + size > end) throw refused(`it ends at byte ${end} inside a value`)
      if (tag >= 0xdc) children = (size === 2 ? view.getUint16(at) : view.getUint32(at)) * (tag >= 0xde ? 2 : 1)
      else if (tag >= 0xd9 || (tag >= 0xc4 && tag <= 0xc6)) {
        at += size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at) : view.getUint32(at)
      }
      at += size
    }
    if (at > end) throw refused(`a length runs ${at - end} bytes past the end`)
    if (children > end - at) throw refused(`${children} elements are announced and ${end - at} bytes are left`)
    if (children > 0 && owed.push(children) > MAX_NESTING + 1) throw refused(`nested more than ${MAX_NESTING} deep`)
  }
  if (at !== end) throw refused(`${end - at} bytes follow the value`)
}

function refused(why: string): ProtocolError {
  return new ProtocolError('bad-request', `not plain msgpack: ${why}`)
}

/**
 * How many bytes follow each tag from 0xc0 to 0xdf: the length of what comes, or the number itself. -1 is not plain msgpack.
 *
 * Source: the msgpack specification, "Formats".
 */
const LENGTH_BYTES = [
  0, -1, 0, 0, 1, 2, 4, -1, -1, -1, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, -1, -1, -1, -1, 1, 2, 4, 2, 4, 2, 4,
] as const
