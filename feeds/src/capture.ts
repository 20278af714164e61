import type { Micros } from '@depthcast/market'
import { micros } from '@depthcast/market'
import { FeedConfigError } from './errors.ts'

/**
 * One thing that happened on the wire, and when by the recorder's clock.
 *
 * `connection` tells sockets of one file apart; one that is opened again keeps its name. `sent` is what the recorder sent; `frame` what came
 * in, verbatim; `ping` what came in and `pong` what answered it; `http` a reply, at the time it was there; `header` describes the file.
 */
export type CaptureRecord =
  | CaptureHeader
  | (Stamps & {
      readonly kind: 'open'
      readonly connection: string
      readonly url: string
      /** Whose socket it is, where its address does not say: an emulator's may be anywhere. */
      readonly venue?: string
      readonly probe?: Probe
    })
  | (Stamps & { readonly kind: 'frame' | 'sent'; readonly connection: string; readonly text: string } & Verbatim)
  | (Stamps & { readonly kind: 'ping' | 'pong'; readonly connection: string; readonly payload?: string })
  | Closed
  | (Stamps & {
      readonly kind: 'http'
      readonly url: string
      readonly status: number
      readonly body: string
      readonly headers?: Readonly<Record<string, string>>
      /** When it was asked for. */
      readonly askedAt?: Micros
      /** The socket it was asked beside; none for what is asked before any is open. */
      readonly connection?: string
    })
  | (Stamps & { readonly kind: 'note'; readonly text: string })

/** The end of a socket. `reason` is what came on the wire with the code. */
export type Closed = Stamps & {
  readonly kind: 'closed'
  readonly connection: string
  readonly code: number
  readonly reason: string
  /** Who ended it, where that was the recorder; else it was the venue, or the way there. */
  readonly by?: 'us'
  /** In words, as the feed was told. */
  readonly why?: string
  /** Nobody was told: another socket had taken its place, or the recording is over. It is not opened again. */
  readonly isFinal?: true
  /** Of a question whose socket never opened, where no `open` says it. */
  readonly probe?: Probe
}

/** A question asked beside the stream of this other connection, and what it was called there. */
type Probe = { readonly of: string; readonly id: string }

export type CaptureHeader = {
  readonly kind: 'header'
  readonly venue?: string
  readonly software?: string
  readonly symbols?: readonly string[]
  /** The recorder's clock less the venue's, µs, the way here included; in a header that follows as soon as it is known. */
  readonly clockOffset?: number
  /** Levels a side that its books were subscribed to, at a venue that lets one choose. */
  readonly depth?: number
}

/** `at` on the wall clock; `monoNs` on one that never jumps, from the recorder's start. */
type Stamps = { readonly at: Micros; readonly monoNs?: number }

/** Base64 of a frame that came as a binary one; `text` is then its UTF-8 reading, which is what the venue's protocol was given. */
type Verbatim = { readonly bin?: string }

/** Hears of everything on the wire as it happens. Must be quick, and must not throw. */
export type Tap = (record: CaptureRecord) => void

/**
 * Reads one line of the text format, undefined for an empty one.
 *
 * `configuration: <what was asked for>` its heading · `<url> <-> <unix s>` a socket opened · `<url> <- <unix s>: <frame>` sent · `<url> -> <unix s>: <body>` an HTTP reply · `<unix s>: <frame>`
 * received, on `connection`. Throws FeedConfigError for any other line.
 *
 * Source: cryptofeed, raw_data_collection.py and `sample_data`.
 */
export function readTextLine(line: string, connection: string): CaptureRecord | undefined {
  if (line === '') return undefined
  if (line.startsWith('configuration: ')) return { kind: 'header', software: `cryptofeed, ${line}` }
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
  if (raw.t === 'header') return headerOf(raw)
  if (typeof raw.wallNs !== 'number') throw new FeedConfigError(`a record without wallNs: ${line.slice(0, 80)}`)
  const stamps = { at: microsOf(raw.wallNs), ...(typeof raw.monoNs === 'number' ? { monoNs: raw.monoNs } : {}) }
  const connection = String(raw.conn ?? '')
  switch (raw.t) {
    case 'open':
      return { kind: 'open', ...stamps, connection, url: String(raw.url ?? ''), ...text(raw, 'venue'), ...probeOf(raw) }
    case 'rx':
      return { kind: 'frame', ...stamps, connection, text: frameOf(raw), ...text(raw, 'bin') }
    case 'tx':
      return { kind: 'sent', ...stamps, connection, text: frameOf(raw), ...text(raw, 'bin') }
    case 'ping':
    case 'pong':
      return { kind: raw.t, ...stamps, connection, ...text(raw, 'payload') }
    case 'close':
      return { kind: 'closed', ...stamps, connection, ...endOf(raw), ...probeOf(raw) }
    case 'http': {
      const { url, status, headers } = raw
      const asked = typeof raw.askedNs === 'number' ? { askedAt: microsOf(raw.askedNs) } : {}
      const told = typeof headers === 'object' && headers !== null ? { headers: headers as Record<string, string> } : {}
      const reply = { url: String(url ?? ''), status: Number(status ?? 0), body: frameOf(raw) }
      const beside = typeof raw.conn === 'string' ? { connection } : {}
      return { kind: 'http', ...stamps, ...reply, ...told, ...asked, ...beside }
    }
    case 'note':
      return { kind: 'note', ...stamps, text: frameOf(raw) }
    default:
      throw new FeedConfigError(`record type ${JSON.stringify(raw.t)} is unknown: ${line.slice(0, 80)}`)
  }
}

/** One record as a line of our NDJSON, without its newline: what `readJsonLine` reads back to the same record. */
export function writeRecord(record: CaptureRecord): string {
  if (record.kind === 'header') {
    const { venue, software, symbols, depth, clockOffset: clockOffsetUs } = record
    return JSON.stringify({ v: 1, t: 'header', venue, software, symbols, depth, clockOffsetUs })
  }
  return writeTimed(record)
}

function writeTimed(record: Exclude<CaptureRecord, CaptureHeader>): string {
  const { at, monoNs } = record
  const time = { wallNs: at * 1000, monoNs }
  switch (record.kind) {
    case 'open': {
      const { connection: conn, url, venue, probe } = record
      return JSON.stringify({ v: 1, t: 'open', conn, ...time, url, venue, probe })
    }
    case 'frame':
    case 'sent': {
      const { connection: conn, text, bin } = record
      const content = bin === undefined ? { frame: text } : { bin }
      return JSON.stringify({ v: 1, t: record.kind === 'frame' ? 'rx' : 'tx', conn, ...time, ...content })
    }
    case 'ping':
    case 'pong':
      return JSON.stringify({ v: 1, t: record.kind, conn: record.connection, ...time, payload: record.payload })
    case 'closed': {
      const { connection: conn, code, reason, by, why, isFinal: final, probe } = record
      return JSON.stringify({ v: 1, t: 'close', conn, ...time, code, reason, by, why, final, probe })
    }
    case 'http': {
      const { connection: conn, url, status, body: frame, headers, askedAt } = record
      const askedNs = askedAt === undefined ? undefined : askedAt * 1000
      return JSON.stringify({ v: 1, t: 'http', conn, ...time, askedNs, url, status, headers, frame })
    }
    case 'note':
      return JSON.stringify({ v: 1, t: 'note', ...time, frame: record.text })
  }
}

function headerOf(raw: Record<string, unknown>): CaptureHeader {
  const { symbols, clockOffsetUs, depth } = raw
  return {
    kind: 'header',
    ...text(raw, 'venue'),
    ...text(raw, 'software'),
    ...(Array.isArray(symbols) ? { symbols: symbols.map(String) } : {}),
    ...(typeof clockOffsetUs === 'number' ? { clockOffset: clockOffsetUs } : {}),
    ...(typeof depth === 'number' ? { depth } : {}),
  }
}

function endOf(raw: Record<string, unknown>): Pick<Closed, 'code' | 'reason' | 'by' | 'why' | 'isFinal'> {
  const end = { code: Number(raw.code ?? 1006), reason: String(raw.reason ?? ''), ...text(raw, 'why') }
  return { ...end, ...(raw.by === 'us' ? { by: 'us' } : {}), ...(raw.final === true ? { isFinal: true } : {}) }
}

function probeOf({ probe }: Record<string, unknown>): { probe?: Probe } {
  if (typeof probe !== 'object' || probe === null) return {}
  const { of, id } = probe as Record<string, unknown>
  return { probe: { of: String(of), id: String(id) } }
}

/** A field of text where there is one. */
function text<Name extends string>(raw: Record<string, unknown>, name: Name): { [_ in Name]?: string } {
  const value = raw[name]
  return typeof value === 'string' ? ({ [name]: value } as { [_ in Name]?: string }) : {}
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
