import type { Client, Subscription, TickerView } from '@depthcast/client'
import { INSTRUMENT_STATES, type InstrumentState, type Step } from '@depthcast/market'
import { QUOTE_FIELDS } from './messages.ts'

/** Where nothing is said: what a person can follow. */
const RATE_MS = 250
const WIDTH = QUOTE_FIELDS.length
/** Rather a little early than a whole tick of the engine's too late. */
const EARLY_MS = 60

type Watched = {
  readonly symbol: string
  rateMs: number
  readonly ticker: Subscription<TickerView>
  readonly stop: () => void
}
/** `symbols` only where they are others than in the array before. */
type Figures = { readonly symbols?: readonly string[]; readonly quotes: Float64Array<ArrayBuffer> }

/** The tickers of the watched symbols, as one flat array of numbers for the page. */
export class Quotes {
  readonly #client: Client
  #watched: readonly Watched[] = []
  #isPaused = false
  /** How soon what has changed since was to be told, ms after what was told last; undefined while nothing has. */
  #dueAfterMs: number | undefined
  #toldAt = Number.NEGATIVE_INFINITY
  #areOthers = false
  #onFirst: (() => void) | undefined

  /** `onFirst` is called once, with the first quote there is: a page waits for it, and not for its turn. */
  constructor(client: Client, onFirst: () => void) {
    this.#client = client
    this.#onFirst = onFirst
  }

  /** Follows these, in this order; what was watched already goes on undisturbed, at another rate perhaps. */
  watch(symbols: readonly string[], ratesMs: readonly number[] = []): void {
    const before = new Map(this.#watched.map((watched) => [watched.symbol, watched]))
    this.#watched = symbols.map((symbol, index) => {
      const rateMs = ratesMs[index] ?? RATE_MS
      const watched = before.get(symbol) ?? this.#follow(symbol, rateMs)
      setRate(watched, rateMs)
      return watched
    })
    const kept = new Set(this.#watched)
    for (const watched of before.values()) if (!kept.has(watched)) end(watched)
    this.#changed(0)
    this.#areOthers = true
  }

  /** Who is followed, in the order of the figures. */
  get tickers(): readonly Subscription<TickerView>[] {
    return this.#watched.map(({ ticker }) => ticker)
  }

  setPaused(paused: boolean): void {
    this.#isPaused = paused
    for (const { ticker } of this.#watched) paused ? ticker.pause() : ticker.resume()
  }

  /**
   * What the page should show now; undefined when that is what it was told last, or when it is sooner after that than anyone asked for: dozens of
   * symbols hardly ever change together, and each telling costs the page the drawing of all. A monotonic clock, ms.
   */
  takeChanged(now: number): Figures | undefined {
    if (this.#dueAfterMs === undefined || now - this.#toldAt < this.#dueAfterMs - EARLY_MS) return undefined
    this.#dueAfterMs = undefined
    this.#toldAt = now
    const quotes = new Float64Array(this.#watched.length * WIDTH).fill(Number.NaN)
    this.#watched.forEach(({ ticker }, index) => {
      write(quotes.subarray(index * WIDTH, (index + 1) * WIDTH), ticker)
    })
    if (!this.#areOthers) return { quotes }
    this.#areOthers = false
    return { symbols: this.#watched.map(({ symbol }) => symbol), quotes }
  }

  close(): void {
    for (const watched of this.#watched) end(watched)
    this.#watched = []
  }

  #follow(symbol: string, rateMs: number): Watched {
    const ticker = this.#client.ticker(symbol, { rateMs })
    if (this.#isPaused) ticker.pause()
    // At what rate it comes is another's choice too, later on.
    const watched: Watched = { symbol, rateMs, ticker, stop: () => stops.forEach((stop) => void stop()) }
    const changed = (view: TickerView | undefined): void => {
      this.#changed(watched.rateMs)
      if (view !== undefined) this.#first()
    }
    const stops = [ticker.subscribe(changed), ticker.onStatus(() => this.#changed(0))]
    return watched
  }

  #first(): void {
    const tell = this.#onFirst
    this.#onFirst = undefined
    if (tell === undefined) return
    this.#dueAfterMs = 0
    tell()
  }

  #changed(dueAfterMs: number): void {
    this.#dueAfterMs = Math.min(dueAfterMs, this.#dueAfterMs ?? dueAfterMs)
  }
}

function setRate(watched: Watched, rateMs: number): void {
  if (watched.rateMs === rateMs) return
  watched.rateMs = rateMs
  // A refusal leaves the rate as it was, which is no reason to show nothing.
  watched.ticker.modify({ rateMs }).catch(() => {})
}

function end({ ticker, stop }: Watched): void {
  stop()
  ticker.close()
}

function write(into: Float64Array, ticker: Subscription<TickerView>): void {
  const view = ticker.current
  const state = stateOf(ticker)
  into[QUOTE_FIELDS.indexOf('stateIndex')] = state === undefined ? -1 : INSTRUMENT_STATES.indexOf(state)
  if (view === undefined) return
  const { tickSize, lotSize } = view.instrument
  const figures = [view.bid, view.ask, view.last, view.open24h, view.high24h, view.low24h]
  figures.forEach((ticks, field) => {
    into[field] = decimalOf(ticks, tickSize)
  })
  into[QUOTE_FIELDS.indexOf('volume24h')] = decimalOf(view.volume24h, lotSize)
  into[QUOTE_FIELDS.indexOf('updatedAt')] = view.receivedAt
}

/** For a column that shows a handful of digits; whoever calculates takes the integers. */
function decimalOf(units: number | undefined, { coefficient, decimals }: Step): number {
  return units === undefined ? Number.NaN : (units * coefficient) / 10 ** decimals
}

function stateOf({ status }: Subscription<TickerView>): InstrumentState | undefined {
  switch (status.kind) {
    case 'live':
      return status.instrument
    case 'stale':
      return status.instrument ?? 'stale'
    case 'gap':
    case 'invalid':
      return 'resyncing'
    case 'refused':
      return 'refused'
    case 'pending':
    case 'paused':
    case 'closed':
      return undefined
  }
}
