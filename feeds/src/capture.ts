import type { Micros } from '@depthcast/market'
import { micros } from '@depthcast/market'
import { FeedConfigError } from './errors.ts'

/**
 * One thing that happened on the wire, and when by the recorder's clock.
 *
 * `connection` tells sockets of one file apart. `sent` is what the recorder sent; `frame` what came in, verbatim; `http` a reply, at the time
 * it was there; `header` describes the file.
 */
export type CaptureRecord =
  | { readonly kind: 'header'; readonly venue?: string; readonly software?: string }
  | { readonly kind: 'open'; readonly at: Micros; readonly connection: string; readonly url: string }
  | { readonly kind: 'frame'; readonly at: Micros; readonly connection: string; readonly text: string }
  | { readonly kind: 'sent'; readonly at: Micros; readonly connection: string; readonly text: string }
  | { readonly kind: 'ping' | 'pong'; readonly at: Micros; readonly connection: string }
  | {
      readonly kind: 'closed'
      readonly at: Micros
      readonly connection: string
      readonly code: number
      readonly reason: string
    }
  | { readonly kind: 'http'; readonly at: Micros; readonly url: string; readonly status: number; readonly body: string }
  | { readonly kind: 'note'; readonly at: Micros; readonly text: string }

/**
 * Reads one line of the text format, undefined for an empty one.
 *
 * `<url> <-> <unix s>` a socket opened · `<url> <- <unix s>: <frame>` sent · `<url> -> <unix s>: <body>` an HTTP reply · `<unix s>: <frame>`
 * received, on `connection`. Throws FeedConfigError for any other line.
 *
 * Source: the format of cryptofeed's `sample_data`.
 */
export function readTextLine(line: string, connection: string): CaptureRecord | undefined {
  if (line === '') return undefined
  const received = /^(\d+(?:\.\d+)?): /.exec(line)
  if (received !== null) {
    return { kind: 'frame', at: seconds(received[1]!), connection, text: line.slice(received[0].length) }
  }
  const opened = /^(\S+) <-> (\d+(?:\.\d+)?)$/.exec(line)
  if (opened !== null) return { kind: 'open', at: seconds(opened[2]!), connection: opened[1]!, url: opened[1]! }
  const marked = /^(\S+) (<-|->) (\d+(?:\.\d+)?): /.exec(line)
  if (marked === null) throw new FeedConfigError(`not a line of a recording: ${line.slice(0, 80)}`)
  const [prefix, url = '', arrow, time = '0'] = marked
  const text = line.slice(prefix.length)
  if (arrow === '->') return { kind: 'http', at: seconds(time), url, status: 200, body: text }
  return { kind: 'sent', at: seconds(time), connection: url, text }
}

/**
 * Reads one line of our NDJSON, undefined for an empty one: `{v: 1, t, conn, wallNs, monoNs, …}` with `t` one of `header`, `open`, `rx`, `tx`,
 * `ping`, `pong`, `close`, `http`, `note`. Frames are verbatim strings in `frame`, or base64 in `bin`. Throws FeedConfigError otherwise.
 */
export function readJsonLine(line: string): CaptureRecord | undefined {
  if (line === '') return undefined
  const raw = parseObject(line)
  if (raw.v !== 1)
    throw new FeedConfigError(`recording version ${String(raw.v)} is unknown, 1 is known: ${line.slice(0, 80)}`)
  if (raw.t === 'header') {
    return {
      kind: 'header',
      ...(typeof raw.venue === 'string' ? { venue: raw.venue } : {}),
      ...(typeof raw.software === 'string' ? { software: raw.software } : {}),
    }
  }
  if (typeof raw.wallNs !== 'number') throw new FeedConfigError(`a record without wallNs: ${line.slice(0, 80)}`)
  const at = microsOf(raw.wallNs)
  const connection = String(raw.conn ?? '')
  switch (raw.t) {
    case 'open':
      return { kind: 'open', at, connection, url: String(raw.url ?? '') }
    case 'rx':
      return { kind: 'frame', at, connection, text: frameOf(raw) }
    case 'tx':
      return { kind: 'sent', at, connection, text: frameOf(raw) }
    case 'ping':
    case 'pong':
      return { kind: raw.t, at, connection }
    case 'close':
      return { kind: 'closed', at, connection, code: Number(raw.code ?? 1006), reason: String(raw.reason ?? '') }
    case 'http':
      return { kind: 'http', at, url: String(raw.url ?? ''), status: Number(raw.status ?? 0), body: frameOf(raw) }
    case 'note':
      return { kind: 'note', at, text: frameOf(raw) }
    default:
      throw new FeedConfigError(`record type ${JSON.stringify(raw.t)} is unknown: ${line.slice(0, 80)}`)
  }
}

/** One record as a line of our NDJSON, without its newline: what `readJsonLine` reads back to the same record. */
export function writeRecord(record: CaptureRecord): string {
  if (record.kind === 'header')
    return JSON.stringify({ v: 1, t: 'header', venue: record.venue, software: record.software })
  return writeTimed(record, { wallNs: record.at * 1000 })
}

function writeTimed(record: Exclude<CaptureRecord, { kind: 'header' }>, time: { wallNs: number }): string {
  switch (record.kind) {
    case 'open':
      return JSON.stringify({ v: 1, t: 'open', conn: record.connection, ...time, url: record.url })
    case 'frame':
      return JSON.stringify({ v: 1, t: 'rx', conn: record.connection, ...time, frame: record.text })
    case 'sent':
      return JSON.stringify({ v: 1, t: 'tx', conn: record.connection, ...time, frame: record.text })
    case 'ping':
    case 'pong':
      return JSON.stringify({ v: 1, t: record.kind, conn: record.connection, ...time })
    case 'closed':
      return JSON.stringify({
        v: 1,
        t: 'close',
        conn: record.connection,
        ...time,
        code: record.code,
        reason: record.reason,
      })
    case 'http':
      return JSON.stringify({ v: 1, t: 'http', ...time, url: record.url, status: record.status, frame: record.body })
    case 'note':
      return JSON.stringify({ v: 1, t: 'note', ...time, frame: record.text })
  }
}

/** Unix seconds as they are written, to the µs, without the detour over a float of seconds. */
function seconds(text: string): Micros {
  const [whole = '0', fraction = ''] = text.split('.')
  return micros(Number(whole) * 1_000_000 + Math.round(Number(`0.${fraction || '0'}`) * 1_000_000))
}

/** Nanoseconds of today are beyond 2^53 and come as the nearest double, up to 256 ns off; dividing that as a double could be off by a µs. */
function microsOf(wallNs: number): Micros {
  if (!Number.isInteger(wallNs) || wallNs < 0) throw new FeedConfigError(`wallNs ${wallNs} is not a whole number`)
  return micros(Number((BigInt(wallNs) + 500n) / 1000n))
}

function parseObject(line: string): Record<string, unknown> {
  let raw: unknown
  try {
    raw = JSON.parse(line)
  } catch (cause) {
    throw new FeedConfigError(`not JSON: ${line.slice(0, 80)}`, cause)
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new FeedConfigError(`not a record: ${line.slice(0, 80)}`)
  return raw as Record<string, unknown>
}

function frameOf(raw: Record<string, unknown>): string {
  if (typeof raw.frame === 'string') return raw.frame
  if (typeof raw.bin === 'string') return Buffer.from(raw.bin, 'base64').toString('utf8')
  throw new FeedConfigError(`a ${String(raw.t)} record without its frame`)
}
