import { type CaptureRecord, FeedConfigError } from '@depthcast/feeds'
import { type Micros, micros } from '@depthcast/market'

/** Where the venue's own text begins on a line: it is spliced in as it came. */
const FRAME = '"frame": '

/**
 * A trace of DepthCharge's capture tools: a line of what was captured, then one record a line, in the order of `rx_ns`, a clock that never jumps.
 *
 * `{"rx_ns": n, "frame": <verbatim JSON>}` received · with `"dir": "tx"` sent · with `"kind": "rest", "req": {…}` the reply to a request, `null` where
 * none came · with `"kind": "control", "ctl": {…}` a ping and when its pong went out, or a close. A subscription that is sent again is of a new
 * socket. The wall clock is the header's, from the first record on. Throws FeedConfigError for a line that is none of these.
 *
 * Source: github.com/GarethCooke/DepthCharge, tools/capture_kraken.py, capture_binance.py and tracefile.py.
 */
export function* fromDepthCharge(text: string): Generator<CaptureRecord> {
  const [heading = '', ...lines] = text.split('\n').map((line) => line.trimEnd())
  const meta = parse(heading, 1) as Meta
  const venue = meta.venue ?? 'anvil'
  const url = String(meta.url ?? '')
  const began = micros(Math.max(0, Date.parse(String(meta.captured_at)) || 0) * 1000)
  const depth = typeof meta.depth === 'number' ? { depth: meta.depth } : {}
  yield { kind: 'header', venue, software: `DepthCharge ${meta.tool_version ?? ''}`.trim(), ...depth }
  let first: number | undefined
  const sent = new Set<string>()
  const open = (at: Micros): CaptureRecord => ({ kind: 'open', at, connection: venue, url, venue })
  for (const [index, line] of lines.entries()) {
    if (line === '') continue
    const record = recordOf(line, index + 2)
    const isFirst = first === undefined
    first ??= record.rx_ns
    const origin = first
    const time = (ns: number): Micros => micros(began + Math.max(0, Math.round((ns - origin) / 1000)))
    const stamps = { at: time(record.rx_ns), monoNs: record.rx_ns - origin }
    const isAgain = record.dir === 'tx' && sent.has(record.frame)
    if (isFirst || isAgain) yield open(stamps.at)
    if (record.dir === 'tx') sent.add(record.frame)
    yield* recordsOf(record, stamps, time, venue)
  }
  if (first === undefined) throw new FeedConfigError('there is no record after the heading')
}

/** Whether this is the heading of such a trace. */
export function isHeading(heading: unknown): boolean {
  return typeof heading === 'object' && heading !== null && 'captured_at' in heading && 'tool_version' in heading
}

function* recordsOf(
  { frame, dir, kind, req = {}, ctl = {} }: TraceRecord,
  stamps: { readonly at: Micros; readonly monoNs: number },
  time: (ns: number) => Micros,
  connection: string,
): Generator<CaptureRecord> {
  switch (kind) {
    case undefined:
      yield { kind: dir === 'tx' ? 'sent' : 'frame', ...stamps, connection, text: frame }
      return
    case 'rest': {
      const asked = typeof req.sent_ns === 'number' ? { askedAt: time(req.sent_ns) } : {}
      const body = frame === 'null' ? String(req.error ?? '') : frame
      yield { kind: 'http', ...stamps, url: String(req.url), status: Number(req.status ?? 0), body, ...asked }
      return
    }
    case 'control': {
      const bytes = Buffer.from(String(ctl.payload_b64 ?? ''), 'base64')
      const payload = bytes.length === 0 ? {} : { payload: bytes.toString('utf8') }
      if (ctl.op === 'ping') yield { kind: 'ping', ...stamps, connection, ...payload }
      if (ctl.op === 'ping' && ctl.pong_ns) yield { kind: 'pong', ...stamps, connection, ...payload }
      if (ctl.op !== 'close') return
      const code = bytes.length < 2 ? 1005 : bytes.readUInt16BE(0)
      yield { kind: 'closed', ...stamps, connection, code, reason: bytes.subarray(2).toString('utf8') }
    }
  }
}

function recordOf(line: string, number: number): TraceRecord {
  const from = line.indexOf(FRAME)
  if (from === -1 || !line.endsWith('}')) throw new FeedConfigError(`line ${number}: not a record of DepthCharge`)
  const frame = line.slice(from + FRAME.length, -1)
  const wrapper = parse(`${line.slice(0, from)}"frame": null}`, number) as Omit<TraceRecord, 'frame'>
  const isKnown = wrapper.kind === undefined || wrapper.kind === 'rest' || wrapper.kind === 'control'
  if (!Number.isInteger(wrapper.rx_ns) || !isKnown)
    throw new FeedConfigError(`line ${number}: not a record of DepthCharge`)
  return { ...wrapper, frame }
}

function parse(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new FeedConfigError(`line ${number}: not JSON: ${line.slice(0, 80)}`, cause)
  }
}

type Meta = {
  readonly captured_at?: unknown
  readonly url?: unknown
  readonly venue?: string
  readonly depth?: unknown
  readonly tool_version?: string
}
/** Times are ns of the recorder's clock; `frame` is the text verbatim. */
type TraceRecord = {
  readonly rx_ns: number
  readonly dir?: string
  readonly kind?: 'rest' | 'control'
  readonly req?: {
    readonly url?: unknown
    readonly status?: unknown
    readonly error?: unknown
    readonly sent_ns?: unknown
  }
  readonly ctl?: { readonly op?: unknown; readonly pong_ns?: unknown; readonly payload_b64?: unknown }
  readonly frame: string
}
