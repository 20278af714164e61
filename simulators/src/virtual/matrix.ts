import type { InstrumentId, MarketEvent } from '@depthcast/market'
import type { Detector, Fault, FaultVenue } from '../faults/fault.ts'
import { parseFault } from '../faults/spec.ts'
import { type Heard, VirtualWorld } from './world.ts'

const SYMBOLS = ['BTC-USD', 'ETH-USD', 'SOL-USD']
/** Everything is live by then. */
const STRIKE_AFTER = '5s'
/** Faults of the handshake and of subscriptions have their opportunity at the start, or where the socket is lost once. */
const AT_THE_START: readonly string[] = [
  'connect-refused',
  'connect-limited',
  'ack-silence',
  'never-ack',
  'misspelled-stream',
  'refuse-symbol',
  'refuse-depth',
  'refuse-auth',
  'already-subscribed',
  'message-rate',
  'huge-snapshot',
]
/** What is wrong with fetched books. */
const FETCHED: readonly string[] = ['snapshot-old', 'snapshot-cached', 'snapshot-inside', 'outside-seed']
/** An instrument the venue refuses stays so until an operator changes something. */
const FOR_GOOD: readonly string[] = ['refuse-symbol', 'refuse-depth', 'refuse-auth', 'delist']
const STEP_MS = 1_000
const SETTLED_MS = 5_000
/** A venue that refuses the address is left alone for ten minutes. */
const LIMIT_MS = 900_000
const LONGEST_WATCH = 120_000_000
/** What is asked so much later is asked again, µs. */
const ASKED_AGAIN = 1_000_000

/** What one fault did at one venue. Times in ms of virtual time. */
export type MatrixCell = {
  readonly fault: string
  readonly venue: FaultVenue
  /** Never, where it was not done: then the cell proves nothing. */
  readonly struck: number
  /** The first of the expected detectors that saw it, and how soon; `harmless` where nothing happened to any book. */
  readonly detected: Detector | undefined
  readonly afterMs: number | undefined
  /** Instruments that lost their book, and those that were struck. */
  readonly lost: readonly InstrumentId[]
  readonly symbols: readonly string[]
  /** No book was lost but that of a struck symbol, or none at all where none may be; undefined where the fault is one of the whole socket. */
  readonly isAlone: boolean | undefined
  /** A lost book came again with a snapshot in a new epoch before any update. */
  readonly isTold: boolean
  /** The last of the lost books was there again so long after the fault; undefined where none was lost. */
  readonly backMs: number | undefined
  /** Books that were wrong while they were marked right. */
  readonly wrong: number
  /** The same, of a fault that may stay unseen for a while, no longer than `unseenMs`; and for how long. */
  readonly silent: number
  readonly silentMs: number
  readonly unseenMs: number | undefined
  /** For how long a book was marked right though the market had gone on, looked at once a second. */
  readonly oldMs: number
  /** Every book is the true one at the end, but those that the venue refuses for good. */
  readonly isRestored: boolean
  /** Books that the venue refuses or has taken off its list, in the end. */
  readonly refused: number
  readonly books: number
  readonly tookMs: number
}

/** Does one fault once at one venue and sees what the feed makes of it. Deterministic. */
export async function strike(fault: Fault, venue: FaultVenue, seed: number): Promise<MatrixCell> {
  const watch = new Watch()
  const world = new VirtualWorld({
    seed,
    preset: 'crypto',
    rate: 2,
    symbols: SYMBOLS,
    venues: [venue],
    faults: specsOf(fault.name, venue).map(parseFault),
    hear: (heard, now) => watch.hear(heard, now),
  })
  const openedAt = world.now
  let quietSince = openedAt
  while (world.now - openedAt < LIMIT_MS * 1000) {
    await world.run(STEP_MS)
    const hasStruck = struckOf(world, fault.name).length > 0
    const isUp = watch.isTold && isRestored(world, fault.name)
    if (!hasStruck || !isUp || world.now < openedAt + Math.min(LONGEST_WATCH, fault.lasts ?? 0)) quietSince = world.now
    else if (world.now - quietSince >= Math.max(SETTLED_MS * 1000, isSlow(fault) ? 30_000_000 : 0)) break
  }
  const struck = struckOf(world, fault.name)
  const firstAt = openedAt + Math.min(...struck.map((one) => one.firstAt))
  const expectation = fault.at[venue]
  const expected = 'detectors' in expectation ? expectation.detectors : []
  const seen = watch.seen(expected, firstAt)
  const symbols = struck.flatMap(({ symbol }) => (symbol === '' ? [] : [symbol]))
  const unseenUs = fault.silent?.[venue]
  const isOfSocket = fault.layer === 'connection' || symbols.length === 0 || fault.name === 'refuse-auth'
  const isAlone = (): boolean | undefined => {
    if (fault.keepsBooks) return watch.lost.length === 0
    if (isOfSocket) return undefined
    return watch.lost.every((id) => symbols.some((symbol) => isBookOf(id, symbol)))
  }
  return {
    fault: fault.name,
    venue,
    struck: struck.reduce((sum, { count }) => sum + count, 0),
    detected: seen?.detector,
    afterMs: seen?.at === undefined ? undefined : Math.round((seen.at - firstAt) / 1000),
    lost: watch.lost,
    symbols,
    isAlone: isAlone(),
    isTold: watch.isTold,
    backMs: watch.backAt === undefined ? undefined : Math.round((watch.backAt - firstAt) / 1000),
    wrong: world.audit.wrongs.length,
    ...silenceOf(world),
    unseenMs: unseenUs === undefined ? undefined : unseenUs / 1000,
    isRestored: isRestored(world, fault.name),
    refused: statesOf(world).filter((state) => state === 'refused' || state === 'halted').length,
    books: world.audit.instruments.length,
    tookMs: Math.round((world.now - openedAt) / 1000),
  }
}

function statesOf({ audit }: VirtualWorld) {
  return audit.instruments.map((id) => audit.of(id).state)
}

function silenceOf({ audit }: VirtualWorld): Pick<MatrixCell, 'silent' | 'silentMs' | 'oldMs'> {
  const books = audit.instruments.map((id) => audit.of(id))
  return {
    silent: books.reduce((sum, { silent }) => sum + silent, 0),
    silentMs: Math.round(Math.max(0, ...books.map(({ silentUs }) => silentUs)) / 1000),
    oldMs: Math.round(Math.max(0, ...books.map(({ oldUs }) => oldUs)) / 1000),
  }
}

function isBookOf(id: InstrumentId, symbol: string): boolean {
  return id.endsWith(`:${symbol}`) || id.endsWith(`:${symbol}T`)
}

/** Lasting faults show late: a silence is noticed when it is too long. */
function isSlow({ name, lasts }: Fault): boolean {
  return lasts !== undefined || AT_THE_START.includes(name)
}

function specsOf(name: string, venue: FaultVenue): string[] {
  if (AT_THE_START.includes(name)) return [`${name}:${venue}`]
  // Where books are fetched, theirs; else the list of instruments, which is fetched before the exchange has moved.
  if (name.startsWith('http-')) return [venue === 'binance' ? `${name}:${venue}:after=1ms` : `${name}:${venue}`]
  if (FETCHED.includes(name)) return [`${name}:${venue}:after=1ms:count=3`]
  return [`${name}:${venue}:after=${STRIKE_AFTER}`]
}

function struckOf(world: VirtualWorld, name: string) {
  return world.host.faults.counts().filter(({ fault }) => fault === name)
}

function isRestored(world: VirtualWorld, fault: string): boolean {
  const books = world.audit.instruments.map((id) => world.audit.of(id))
  const wanted = FOR_GOOD.includes(fault)
    ? books.filter(({ state }) => state !== 'refused' && state !== 'halted')
    : books
  return books.length > 0 && wanted.every(({ isTrue, state }) => isTrue && (state === 'live' || state === 'quiet'))
}

/** What the feed said, as far as it concerns a fault. */
class Watch {
  readonly #signals: { readonly detector: Detector; readonly at: number }[] = []
  readonly #withoutBook = new Set<InstrumentId>()
  readonly #lost = new Set<InstrumentId>()
  readonly #epochs = new Map<InstrumentId, number>()
  isTold = true
  backAt: number | undefined

  get lost(): readonly InstrumentId[] {
    return [...this.#lost]
  }

  hear(heard: Heard, now: number): void {
    switch (heard.kind) {
      case 'error':
        this.#signals.push({ detector: heard.error.code, at: now })
        break
      case 'sent':
        // What a question on a second socket sends is no asking again.
        if (/subscribe/i.test(heard.text) && !heard.connection.includes('#'))
          this.#signals.push({ detector: 'asked-again', at: now })
        break
      case 'event':
        this.#event(heard.event, now)
        break
    }
  }

  #event(event: MarketEvent, now: number): void {
    if (event.kind === 'status' && event.state === 'halted') this.#signals.push({ detector: 'halted', at: now })
    if (event.kind === 'trade' && event.backfilled) this.#signals.push({ detector: 'trade-gap', at: now })
    if (event.kind === 'gap' && event.stream === 'trades') this.#signals.push({ detector: 'trade-gap', at: now })
    if (event.kind === 'gap' && event.stream === 'book') {
      this.#lost.add(event.instrument)
      this.#withoutBook.add(event.instrument)
      this.#signals.push({ detector: 'gap', at: now })
    }
    if (event.kind === 'book-snapshot') {
      if (this.#withoutBook.delete(event.instrument)) this.backAt = now
      if (event.epoch <= (this.#epochs.get(event.instrument) ?? 0)) this.isTold = false
      this.#epochs.set(event.instrument, event.epoch)
    }
    if (event.kind === 'book-delta' && this.#withoutBook.has(event.instrument)) this.isTold = false
  }

  /** The first of these from then on; `harmless` only where no book was lost. */
  seen(expected: readonly Detector[], from: number): { readonly detector: Detector; readonly at?: number } | undefined {
    const first = this.#signals.find(({ detector, at }) => {
      const earliest = detector === 'asked-again' ? from + ASKED_AGAIN : from
      return at >= earliest && expected.includes(detector)
    })
    if (first !== undefined) return first
    return expected.includes('harmless') && this.#lost.size === 0 ? { detector: 'harmless' } : undefined
  }
}
