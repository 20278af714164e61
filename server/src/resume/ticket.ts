import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import {
  CHANNEL_NAMES,
  type ChannelName,
  decodeMsgpack,
  encodeMsgpack,
  type Granted,
  ProtocolError,
  type SubId,
} from '@depthcast/protocol'
import type { Clock } from '../clock.ts'

/** One view that a session held: what it had asked for, and the sub it had. */
export type TicketView = {
  readonly sub: SubId
  readonly channel: ChannelName
  readonly symbol: string
  readonly options: Granted
  readonly paused: boolean
}

/** How long a ticket is good for. */
export const TICKET_S = 600

/** Grows when what is inside changes its meaning: gateways of two releases may share a secret. */
const VERSION = 'v1'
/** 128 bits of the code: nobody guesses those, and a ticket may go with every event of a door. */
const MAC_BYTES = 16
/** More than any ticket of ours unpacks to. Nothing unsigned is ever unpacked. */
const MOST_BYTES = 4 * 1024 * 1024
/** Below this packing makes it no smaller. */
const WORTH_PACKING = 96

/**
 * Issues and reads the signed part of resume tokens: which views a session had, and until when it may have them again. Nothing is kept here, so
 * any gateway with the same secret takes a client back.
 *
 * A ticket is `v1.<when it ends>.<views>.<code>`; the code covers who it was made for as well. One that is used twice brings the same views
 * twice, as two subscribe requests would.
 */
export class Tickets {
  readonly #clock: Clock
  readonly #secret: Buffer | string

  /** Without a secret one is drawn: then only this process knows its tickets. */
  constructor(clock: Clock, secret?: string) {
    this.#clock = clock
    this.#secret = secret ?? randomBytes(32)
  }

  issue(name: string, views: readonly TicketView[]): string {
    const ends = Math.floor(this.#clock.now() / 1e6) + TICKET_S
    const packed = Buffer.from(encodeMsgpack(views.map(rowOf)))
    const body = packed.length < WORTH_PACKING ? `0${text(packed)}` : `1${text(deflateRawSync(packed))}`
    const signed = `${VERSION}.${ends.toString(36)}.${body}`
    return `${signed}.${this.#code(signed, name)}`
  }

  /**
   * The views that a ticket names, in its order. Throws ProtocolError 400 for one that was not made with this secret, for this name and as it is,
   * 422 for one that has ended or is of another version.
   */
  read(ticket: string, name: string): readonly TicketView[] {
    const at = ticket.lastIndexOf('.')
    const signed = ticket.slice(0, Math.max(0, at))
    // Compared as it is written: several texts stand for the same bytes, and only one of them is ours.
    const code = Buffer.from(ticket.slice(at + 1))
    const expected = Buffer.from(this.#code(signed, name))
    const [version, ends = '', body = ''] = signed.split('.')
    if (version !== VERSION && /^v\d+$/.test(version ?? ''))
      throw new ProtocolError(
        'unsupported',
        `the resume token is of version ${version?.slice(1, 9)}, not ${VERSION.slice(1)}`,
      )
    if (code.length !== expected.length || !timingSafeEqual(code, expected))
      throw new ProtocolError('bad-request', 'the resume token was not made by this server for this client')
    const endedFor = Math.floor(this.#clock.now() / 1e6) - Number.parseInt(ends, 36)
    if (endedFor >= 0)
      throw new ProtocolError('unsupported', `the resume token ended ${endedFor} s ago: one is good for ${TICKET_S} s`)
    const bytes = Buffer.from(body.slice(1), 'base64url')
    const packed = body.startsWith('1') ? inflateRawSync(bytes, { maxOutputLength: MOST_BYTES }) : bytes
    return (decodeMsgpack(packed) as readonly Row[]).map(viewOf)
  }

  #code(signed: string, name: string): string {
    return text(createHmac('sha256', this.#secret).update(`${signed}\n${name}`).digest().subarray(0, MAC_BYTES))
  }
}

function text(bytes: Buffer): string {
  return bytes.toString('base64url')
}

function rowOf({ sub, channel, symbol, options, paused }: TicketView): Row {
  const { rateMs, mode, depth, grouping, checksum, interval, maxAgeMs } = options
  const row = [sub, CHANNEL_NAMES.indexOf(channel), symbol, rateMs, mode === 'unfiltered', paused]
  return [...row, depth, grouping, checksum, interval, maxAgeMs].map((field) => field ?? null) as unknown as Row
}

function viewOf([sub, channel, symbol, rateMs, unfiltered, paused, ...rest]: Row): TicketView {
  const [depth, grouping, checksum, interval, maxAgeMs] = rest
  const options: Granted = {
    rateMs,
    mode: unfiltered ? 'unfiltered' : 'merge',
    ...(depth !== null && { depth }),
    ...(grouping !== null && { grouping }),
    ...(checksum !== null && { checksum }),
    ...(interval !== null && { interval }),
    ...(maxAgeMs !== null && { maxAgeMs }),
  }
  return { sub, channel: CHANNEL_NAMES[channel] as ChannelName, symbol, options, paused }
}

/** A view as the ticket carries it. */
type Row = readonly [
  sub: SubId,
  channel: number,
  symbol: string,
  rateMs: number | 'raw',
  unfiltered: boolean,
  paused: boolean,
  depth: number | 'all' | null,
  grouping: number | null,
  checksum: boolean | null,
  interval: string | null,
  maxAgeMs: number | null,
]
