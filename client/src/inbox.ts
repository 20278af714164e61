import { ChainBroken, ChecksumMismatch, isSameEpoch, type StatusMessage, type ViewMessage } from '@depthcast/protocol'
import { ClientError } from './errors.ts'
import type { Host } from './host.ts'
import { readConfig, readGap, readListed, readStatus, readViewMessage, subOf, wireError } from './incoming.ts'
import type { Line } from './line.ts'
import type { Lines } from './lines.ts'
import type { Counters } from './stats.ts'
import type { BookView } from './views/book.ts'
import { channelViews } from './views/index.ts'
import { statusView } from './views/status.ts'
import type { TickerView } from './views/ticker.ts'
import type { AnyView } from './views/view.ts'

export type InboxOptions = {
  readonly host: Host
  readonly lines: Lines
  readonly counters: Counters
  report(error: ClientError): void
}

/** A view that held this long before it broke is resynced at once. */
const HELD_WELL_MS = 10_000
/** A snapshot that should have come first is given this long before it is asked for again. */
const SNAPSHOT_WITHIN_MS = 2_000

/** Hands each message to the line it is for. Whatever is in a message, nothing is thrown, and no other line notices. */
export class Inbox {
  readonly #options: InboxOptions
  readonly #statuses = new Map<string, StatusMessage>()
  #listed: number | undefined

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** What the server last said of the instrument on this connection. */
  status(symbol: string): StatusMessage | undefined {
    return this.#statuses.get(symbol)
  }

  /** How many instruments the server has, as it last said on this connection. */
  get listed(): number | undefined {
    return this.#listed
  }

  lost(): void {
    this.#statuses.clear()
    this.#listed = undefined
  }

  /** An answer to a request came, which whoever asked has. */
  answered(bytes: number): void {
    this.#options.counters.bytesIn += bytes
  }

  message(type: string, body: unknown, bytes: number): void {
    const { counters } = this.#options
    counters.bytesIn += bytes
    counters.messages++
    switch (type) {
      case 'snapshot':
      case 'update':
      case 'trades':
      case 'ticker':
      case 'candle':
        this.#view(type, body, bytes)
        return
      case 'status':
        this.#status(body, bytes)
        return
      case 'gap':
        this.#gap(body, bytes)
        return
      case 'config':
        this.#config(body)
        return
      case 'heartbeat':
        this.#heartbeat(readListed(body))
        return
      case 'error':
        this.#error(body)
        return
    }
  }

  #heartbeat(listed: number | undefined): void {
    if (listed === this.#listed) return
    this.#listed = listed
    this.#options.lines.listedAnew()
  }

  #view(type: ViewMessage['type'], body: unknown, bytes: number): void {
    const { lines, host, counters } = this.#options
    const sub = subOf(body)
    if (sub === undefined) {
      this.#malformed(type)
      return
    }
    const line = lines.bySub(sub)
    // Of a view just left: frames may still be on their way.
    if (line === undefined) return
    const message = readViewMessage(type, body)
    if (message === undefined || !channelViews(line.channel).types.includes(type)) {
      this.#received(line, { bytes, merged: 0, serverTime: undefined })
      counters.malformed++
      this.#quarantine(line, malformed(`${type} for ${line.channel} of ${line.symbol}`))
      return
    }
    const merged = mergedIn(message, line.view)
    this.#received(line, { bytes, merged, serverTime: message.serverTime })
    if (line.isTooEarly(message)) {
      lines.resync(line, SNAPSHOT_WITHIN_MS)
      return
    }
    try {
      line.fold(message, host.now())
    } catch (cause) {
      this.#quarantine(line, breach(cause, line), cause instanceof ChainBroken ? missing(message, line.view) : {})
      return
    }
    counters.updates++
    counters.merged += merged
  }

  #received(line: Line, message: Parameters<Line['received']>[0]): void {
    this.#options.counters.bytesOfViews += message.bytes
    line.received(message)
  }

  /** What is held stays, and is not called live; a fresh snapshot is asked for. */
  #quarantine(line: Line, error: ClientError, hole: Hole = {}): void {
    const { lines, host, counters, report } = this.#options
    if (error.slug === 'checksum-mismatch') counters.checksumFailures++
    if (error.slug === 'chain-broken') counters.chainsBroken++
    const now = host.now()
    if (line.standing.kind === 'good' && now - line.standing.since >= HELD_WELL_MS) line.retries = 0
    line.await({ kind: 'invalid', since: now, error, ...hole })
    lines.resync(line, 0)
    report(error)
  }

  #status(body: unknown, bytes: number): void {
    const { lines, host } = this.#options
    const status = readStatus(body)
    if (status === undefined) {
      this.#malformed('status')
      return
    }
    const followed = lines.ofSymbol(status.symbol)
    if (followed.length > 0) this.#statuses.set(status.symbol, status)
    const now = host.now()
    for (const line of followed) {
      if (line.channel === 'status') {
        this.#received(line, { bytes, merged: 1, serverTime: undefined })
        line.give(statusView(status, now), now)
      } else line.notify()
    }
  }

  #gap(body: unknown, bytes: number): void {
    const { lines, host, counters } = this.#options
    const gap = readGap(body)
    if (gap === undefined) {
      this.#malformed('gap')
      return
    }
    const line = lines.bySub(gap.sub)
    if (line === undefined) return
    counters.gaps++
    this.#received(line, { bytes, merged: 0, serverTime: undefined })
    line.lose(gap)
    if (gap.next === 'snapshot') line.await({ kind: 'gap', since: host.now(), gap })
  }

  #config(body: unknown): void {
    const config = readConfig(body)
    if (config === undefined) {
      this.#malformed('config')
      return
    }
    this.#options.lines.reconfigure(config)
  }

  #error(body: unknown): void {
    const error = wireError(body)
    if (error === undefined) {
      this.#malformed('error')
      return
    }
    this.#options.report(new ClientError(error))
  }

  #malformed(what: string): void {
    this.#options.counters.malformed++
    this.#options.report(malformed(what))
  }
}

function malformed(what: string): ClientError {
  return new ClientError('malformed-message', `a message cannot be read: ${what}`)
}

function breach(cause: unknown, { channel, symbol }: Line): ClientError {
  const what = `${channel} of ${symbol}: ${cause instanceof Error ? cause.message : String(cause)}`
  if (cause instanceof ChecksumMismatch) return new ClientError('checksum-mismatch', what, { cause })
  if (cause instanceof ChainBroken) return new ClientError('chain-broken', what, { cause })
  return new ClientError('malformed-message', what, { cause })
}

type Hole = { readonly from?: number; readonly to?: number }

/** The last that is held and the last that never came, where the message goes on further on than what is held ends. */
function missing(message: ViewMessage, held: AnyView | undefined): Hole {
  if (held === undefined || !('epoch' in held) || !('prev' in message) || message.prev === undefined) return {}
  const { seq: from } = held
  return isSameEpoch(held.epoch, message.epoch) && message.prev > from ? { from, to: message.prev } : {}
}

/** How many source updates the message brings what is held further. Books and tickers are numbered by them, so a whole message tells it too. */
function mergedIn(message: ViewMessage, held: AnyView | undefined): number {
  switch (message.type) {
    case 'update':
      return message.merged
    case 'trades':
      return message.trades.length
    case 'ticker':
      return held === undefined ? message.merged : Math.max(message.merged, message.seq - (held as TickerView).seq)
    case 'snapshot': {
      const book = held as BookView | undefined
      return book?.epoch === message.epoch ? Math.max(1, message.seq - book.seq) : 1
    }
    case 'candle':
      // Numbered by the changes of its bars; how many of them a whole message is of nobody here knows.
      return message.prev === undefined ? 1 : Math.max(1, message.seq - message.prev)
  }
}
