import { type Exchange, type OrderEvent, openExchange } from '@depthcast/feeds/simulation'
import type { Emulator, World } from '../../src/emulators/emulator.ts'
import { Host } from '../../src/emulators/host.ts'
import { EMULATORS } from '../../src/emulators/index.ts'
import { EmulatorServer } from '../../src/emulators/server.ts'
import { WallClock } from '../../src/emulators/wall-clock.ts'

export type Fill = Extract<OrderEvent, { kind: 'fill' }>

const TURN_MS = 5

export type ServedOptions = {
  readonly venue: string
  /** Default the venue's own. */
  readonly emulator?: (world: World) => Emulator
  readonly symbols: readonly string[]
  readonly seed: number
  readonly speed: number
}

/** A clock that runs faster than the wall's, so that a short test is a long time at the exchange. */
class FastClock extends WallClock {
  readonly #speed: number

  constructor(speed: number) {
    super()
    this.#speed = speed
  }

  override now(): number {
    return this.openedAt + Math.floor((super.now() - this.openedAt) * this.#speed)
  }
}

/** Emulated venues on a real port, with the exchange behind them at hand. */
export class Served {
  readonly host: Host
  readonly exchange: Exchange
  readonly openedAt: number
  /** Every trade since the opening. */
  readonly fills: Fill[] = []
  readonly #server: EmulatorServer
  readonly #clock: WallClock
  #turns: NodeJS.Timeout | undefined
  port = 0

  private constructor(options: ServedOptions) {
    const exchange = openExchange({ seed: options.seed, preset: 'crypto', symbols: options.symbols })
    this.exchange = this.#overheard(exchange)
    this.#clock = new FastClock(options.speed)
    this.openedAt = this.#clock.openedAt
    const emulator = options.emulator ?? EMULATORS[options.venue]!
    this.host = new Host({
      exchange: this.exchange,
      openedAt: this.openedAt,
      seed: options.seed,
      faults: [],
      emulators: [emulator],
    })
    this.#server = new EmulatorServer({ host: this.host, clock: this.#clock, port: 0, address: '127.0.0.1' })
  }

  static async open(options: ServedOptions): Promise<Served> {
    const served = new Served(options)
    served.port = await served.#server.listen()
    served.#turns = setInterval(() => served.host.advance(served.#clock.now()), TURN_MS)
    return served
  }

  /** The exchange stands still; what happened until then is still sent. */
  freeze(): void {
    clearInterval(this.#turns)
    this.host.advance(this.host.now)
  }

  async close(): Promise<void> {
    clearInterval(this.#turns)
    await this.#server.close()
  }

  #overheard(exchange: Exchange): Exchange {
    return {
      instruments: exchange.instruments,
      get now() {
        return exchange.now
      },
      advance: (until, hear) =>
        exchange.advance(until, (event) => {
          if (event.kind === 'fill') this.fills.push({ ...event })
          hear(event)
        }),
      levels: (symbol, side, depth) => exchange.levels(symbol, side, depth),
      seq: (symbol) => exchange.seq(symbol),
      past: (symbol) => exchange.past(symbol),
      tradeId: (symbol) => exchange.tradeId(symbol),
      isHalted: (symbol) => exchange.isHalted(symbol),
    }
  }
}
