import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { constants, crc32, deflateRaw, gunzipSync } from 'node:zlib'
import { FeedConfigError } from './errors.ts'

const deflate = promisify(deflateRaw)

/** What a piece of a recording holds, said in its header, so that a reader can go from piece to piece without unzipping any. */
export type PieceFacts = { readonly records: number; readonly firstAt: number }

/**
 * A piece of a recording as a gzip member of its own.
 *
 * A file is a row of them, which `gunzip` and every other reader take for one stream (RFC 1952, section 2.2). Each says in an extra field how
 * long it is, how many records it holds and when the first was: a file is read piece by piece whatever its size, and one that was cut off loses
 * nothing but its last piece.
 */
export async function gzipPiece(text: string, { records, firstAt }: PieceFacts): Promise<Buffer> {
  const plain = Buffer.from(text)
  const body = await deflate(plain)
  const piece = Buffer.alloc(HEADER_BYTES + body.length + TRAILER_BYTES)
  piece.set([0x1f, 0x8b, DEFLATE, HAS_EXTRA, 0, 0, 0, 0, 0, OS_UNKNOWN])
  piece.writeUInt16LE(EXTRA_BYTES, 10)
  piece.write(FIELD, 12, 'latin1')
  piece.writeUInt16LE(EXTRA_BYTES - 4, 14)
  piece.writeUInt32LE(piece.length, 16)
  piece.writeUInt32LE(records, 20)
  piece.writeBigUInt64LE(BigInt(firstAt), 24)
  body.copy(piece, HEADER_BYTES)
  piece.writeUInt32LE(crc32(plain), piece.length - 8)
  piece.writeUInt32LE(plain.length, piece.length - 4)
  return piece
}

/** Comes last from a file that was cut off. */
export const CUT = Symbol('cut off')

/**
 * Unzips a file piece by piece, or whole where another program zipped it. What there is of a file that was cut off comes out, and then CUT.
 * Throws FeedConfigError for what is not gzip, or is damaged.
 */
export function* readGzip(file: string): Generator<Buffer | typeof CUT> {
  const descriptor = openSync(file, 'r')
  try {
    const { size } = fstatSync(descriptor)
    for (let at = 0; at < size; ) {
      const length = pieceLength(read(descriptor, at, HEADER_BYTES)) ?? size - at
      const { bytes, isCut } = unzip(file, read(descriptor, at, Math.min(length, size - at)), at)
      yield bytes
      if (isCut) yield CUT
      at += length
    }
  } finally {
    closeSync(descriptor)
  }
}

const DEFLATE = 8
const HAS_EXTRA = 4
const OS_UNKNOWN = 255
/** Our extra field: its name, length, and then the piece's length, its records and the time of the first, µs since 1970. */
const FIELD = 'DC'
const EXTRA_BYTES = 20
const HEADER_BYTES = 12 + EXTRA_BYTES
const TRAILER_BYTES = 8

/** Undefined for a member that is not ours. */
function pieceLength(header: Buffer): number | undefined {
  const isOurs =
    header.length === HEADER_BYTES &&
    header[0] === 0x1f &&
    header[1] === 0x8b &&
    header[3] === HAS_EXTRA &&
    header.readUInt16LE(10) === EXTRA_BYTES &&
    header.toString('latin1', 12, 14) === FIELD
  return isOurs ? Math.max(HEADER_BYTES + TRAILER_BYTES, header.readUInt32LE(16)) : undefined
}

function read(descriptor: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let have = 0
  while (have < length) {
    const more = readSync(descriptor, bytes, have, length - have, at + have)
    if (more === 0) break
    have += more
  }
  return bytes.subarray(0, have)
}

function unzip(file: string, member: Buffer, at: number): { readonly bytes: Buffer; readonly isCut: boolean } {
  try {
    return { bytes: gunzipSync(member), isCut: false }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR') {
      return { bytes: gunzipSync(member, { finishFlush: constants.Z_SYNC_FLUSH }), isCut: true }
    }
    throw new FeedConfigError(`${file} cannot be unzipped${at === 0 ? '' : `, it is damaged at byte ${at}`}`, cause)
  }
}
