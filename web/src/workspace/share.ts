import { deflateSync, Inflate, strFromU8, strToU8 } from 'fflate'
import { DEFAULTS } from '../panels/options.ts'
import { type Read, readWorkspace } from './stored.ts'
import type { Workspace } from './workspace.ts'

/** The part of an address that carries a workspace. */
const MARK = '#w='
/** Longer than any layout by far, and short enough for every chat and browser. */
const MOST_CHARACTERS = 16_000
/** What it may unpack to: a few bytes can be made to unpack to gigabytes. */
const MOST_BYTES = 200_000

/** The workspace as the end of an address. What is as a kind has it anyway is left out. */
export function shareHash(workspace: Workspace): string {
  const panels = Object.entries(workspace.panels).map(([id, state]) => {
    const defaults: Readonly<Record<string, unknown>> = { ...DEFAULTS[state.kind] }
    const options = Object.entries(state.options).filter(([name, value]) => text(value) !== text(defaults[name]))
    return [id, { ...state, options: Object.fromEntries(options) }] as const
  })
  const packed = JSON.stringify({ ...workspace, panels: Object.fromEntries(panels) }, (_, value) =>
    typeof value === 'number' ? Math.round(value * 100) / 100 : value,
  )
  return MARK + toBase64Url(deflateSync(strToU8(packed), { level: 9 }))
}

/** Undefined where the address carries none; otherwise the workspace, or a sentence why it is not taken. */
export function readShared(hash: string): Read | undefined {
  if (!hash.startsWith(MARK)) return undefined
  if (hash.length > MOST_CHARACTERS) return { kind: 'refused', reason: 'the link is too long to be one of ours' }
  try {
    return readWorkspace(JSON.parse(strFromU8(inflated(fromBase64Url(hash.slice(MARK.length))))))
  } catch {
    return { kind: 'refused', reason: 'the link is damaged: part of it may be missing' }
  }
}

/** Lists are equal where they say the same. */
const text = (value: unknown): string => JSON.stringify(value) ?? ''

function inflated(bytes: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = []
  let length = 0
  let isWhole = false
  const inflate = new Inflate((chunk, final) => {
    length += chunk.length
    if (length > MOST_BYTES) throw new RangeError(`unpacks to more than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
    isWhole = final
  })
  inflate.push(bytes, true)
  if (!isWhole) throw new RangeError('ends too early')
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}

function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
}
