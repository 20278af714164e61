import { type Exchange, type ExchangeOptions, openExchange } from '@depthcast/feeds/simulation'
import type { Emulator, EmulatorInput, EmulatorOutput, HttpAnswer, World } from '../src/emulators/emulator.ts'
import { type Client, Host } from '../src/emulators/host.ts'
import { parseFault } from '../src/faults/spec.ts'

export const OPENED_AT = Date.UTC(2026, 0, 1) * 1000
const TURN = 10_000

export type WorldOptions = Partial<ExchangeOptions> & {
  readonly emulator: (world: World) => Emulator
  readonly faults?: readonly string[]
}

/** One exchange, one emulated venue and a clock that a test moves. */
export class EmulatedWorld {
  readonly exchange: Exchange
  readonly host: Host

  constructor({ emulator, faults = [], ...options }: WorldOptions) {
    const seed = options.seed ?? 7
    this.exchange = openExchange({ seed, preset: 'crypto', symbols: ['BTC-USD', 'ETH-USD'], ...options })
    this.host = new Host({
      exchange: this.exchange,
      openedAt: OPENED_AT,
      seed,
      faults: faults.map(parseFault),
      emulators: [emulator],
    })
  }

  get now(): number {
    return this.host.now
  }

  /** Plays on for so long, as a server would: turn by turn. */
  play(ms: number): this {
    const until = this.now + ms * 1000
    while (this.now < until) this.host.advance(Math.min(until, this.now + TURN))
    return this
  }

  /** A client that is let in. */
  client(path: string): TestClient {
    const made = new TestClient(() => this.now)
    const client = this.host.connect(this.#question(path), made.hear)
    if (client === undefined || 'status' in client) throw new Error(`${path} was refused: ${JSON.stringify(client)}`)
    made.open(client)
    return made
  }

  /** What a connection that is not let in is answered. */
  refusal(path: string): HttpAnswer | undefined {
    const client = this.host.connect(this.#question(path), () => {})
    return client === undefined || 'status' in client ? client : undefined
  }

  get(target: string): HttpAnswer | undefined {
    return this.host.http(this.#question(target))
  }

  json(target: string): unknown {
    return JSON.parse(this.get(target)?.body ?? 'null')
  }

  #question(target: string) {
    const { pathname, searchParams } = new URL(target, 'http://emulator')
    return { now: this.now, method: 'GET', path: pathname, query: searchParams, address: '127.0.0.1' }
  }
}

/** What one client hears, word for word, and when. */
export class TestClient {
  readonly heard: (Exclude<EmulatorOutput, { kind: 'timer' }> & { readonly at: number })[] = []
  readonly #now: () => number
  #client: Client | undefined

  constructor(now: () => number) {
    this.#now = now
  }

  readonly hear = (output: Exclude<EmulatorOutput, { kind: 'timer' }>): void => {
    this.heard.push({ ...output, at: this.#now() })
  }

  open(client: Client): void {
    this.#client = client
    this.step({ kind: 'open', now: this.#now() })
  }

  step(input: EmulatorInput): void {
    this.#client?.step(input)
  }

  send(message: unknown): this {
    const text = typeof message === 'string' ? message : JSON.stringify(message)
    this.step({ kind: 'frame', now: this.#now(), text })
    return this
  }

  ping(payload: string): this {
    this.step({ kind: 'ping', now: this.#now(), payload })
    return this
  }

  /** The frames so far, or those that hold this text. */
  frames(holding = ''): string[] {
    return this.heard.flatMap((one) => (one.kind === 'frame' && one.text.includes(holding) ? [one.text] : []))
  }

  /** The same, parsed as any JavaScript would. */
  messages(holding = ''): Record<string, unknown>[] {
    return this.frames(holding).map((text) => JSON.parse(text) as Record<string, unknown>)
  }

  get closed(): number | undefined {
    return this.heard.flatMap((one) => (one.kind === 'close' ? [one.code] : []))[0]
  }

  forget(): this {
    this.heard.length = 0
    return this
  }
}
