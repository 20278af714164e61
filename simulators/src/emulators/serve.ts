import { type ExchangeOptions, openExchange } from '@depthcast/feeds/simulation'
import type { FaultSpec } from '../faults/spec.ts'
import type { Output } from '../output.ts'
import { Host } from './host.ts'
import { EMULATORS } from './index.ts'
import { EmulatorServer } from './server.ts'
import { WallClock } from './wall-clock.ts'

export type ServeOptions = ExchangeOptions & {
  readonly venues: readonly string[]
  readonly port: number
  readonly host: string
  readonly faults: readonly FaultSpec[]
}

/** How often the exchange is played on, ms: the delay it adds to a frame is half of this. */
const TURN_MS = 5
/** A process that was held up catches up in steps of this, so that its clients are served meanwhile, µs. */
const LONGEST_TURN = 100_000
const STATUS_MS = 5_000

/** Serves the venues until the output has ended, which Ctrl-C does. Rejects when the port is taken. */
export async function serve(options: ServeOptions, output: Output): Promise<void> {
  const clock = new WallClock()
  const host = new Host({
    exchange: openExchange(options),
    openedAt: clock.openedAt,
    seed: options.seed,
    faults: options.faults,
    emulators: options.venues.flatMap((venue) => EMULATORS[venue] ?? []),
  })
  const server = new EmulatorServer({ host, clock, port: options.port, address: options.host })
  const port = await server.listen()
  await output.write(greeting(options, host, port))
  const turns = setInterval(() => host.advance(Math.min(clock.now(), host.now + LONGEST_TURN)), TURN_MS)
  const status = new StatusLine(host, server, clock)
  const statuses = setInterval(() => output.note(status.next()), STATUS_MS)
  if (!output.ended.aborted) {
    await new Promise((resolve) => output.ended.addEventListener('abort', resolve, { once: true }))
  }
  clearInterval(turns)
  clearInterval(statuses)
  await server.close()
}

/** What connects how. */
function greeting(options: ServeOptions, host: Host, port: number): string {
  const name = ['0.0.0.0', '::', '127.0.0.1'].includes(options.host) ? '127.0.0.1' : options.host
  const origin = `http://${name}:${port}`
  const socket = `ws://${name}:${port}`
  const overrides = host.venues.map((venue) => CCXT[venue]?.(origin, socket) ?? '').filter((line) => line !== '')
  const faults = options.faults.map(({ fault, venue }) =>
    venue === undefined ? fault.name : `${fault.name} at ${venue}`,
  )
  return [
    `Emulating ${host.venues.join(', ')} at ${origin}: ${host.symbols.join(', ')}, ${options.preset}, seed ${options.seed}`,
    ...(faults.length === 0 ? [] : [`Faults: ${faults.join(', ')}`]),
    '',
    `  gateway   npm start -- --feed ${host.venues.join(',')} --venue-url ${origin}`,
    ...overrides.map((line) => `  ccxt pro  ${line}`),
    `  truth     curl ${origin}/oracle/${host.symbols[0]}`,
    `  faults    curl ${origin}/faults`,
    '',
    'Ctrl-C ends it.',
    '',
  ].join('\n')
}

/** Where ccxt keeps the addresses of each venue. */
const CCXT: Readonly<Record<string, (origin: string, socket: string) => string>> = {
  kraken: (origin, socket) =>
    `kraken: urls.api.public = '${origin}'; urls.api.ws.publicV2 = '${socket}/v2'; await loadHttpProxyAgent()`,
  binance: (origin, socket) =>
    `binance: urls.api.public = '${origin}/api/v3'; urls.api.ws.spot = '${socket}/ws'; isSpotUrl = () => true; await loadHttpProxyAgent()`,
  coinbase: (origin, socket) =>
    `coinbaseexchange: urls.api.public = '${origin}'; urls.api.ws = '${socket}/'; await loadHttpProxyAgent()`,
}

/** One line that says how it goes, since the line before. */
class StatusLine {
  readonly #host: Host
  readonly #server: EmulatorServer
  readonly #clock: WallClock
  #last = { at: 0, events: 0, frames: 0 }

  constructor(host: Host, server: EmulatorServer, clock: WallClock) {
    this.#host = host
    this.#server = server
    this.#clock = clock
    this.#last = { at: clock.now(), events: host.events, frames: 0 }
  }

  next(): string {
    const { frames, cut } = this.#server.counts
    const now = { at: this.#clock.now(), events: this.#host.events, frames }
    const seconds = (now.at - this.#last.at) / 1_000_000
    const rate = (count: number): string => Math.round(count / seconds).toLocaleString('en')
    const faults = this.#host.faults.counts().reduce((sum, { count }) => sum + count, 0)
    const behindMs = Math.round((now.at - this.#host.now) / 1000)
    const parts = [
      `${this.#host.clients} clients`,
      `${rate(now.events - this.#last.events)} events/s`,
      `${rate(now.frames - this.#last.frames)} frames/s`,
      ...(faults > 0 ? [`${faults} faults struck`] : []),
      ...(cut > 0 ? [`${cut} slow clients cut`] : []),
      ...(behindMs > 250 ? [`${behindMs} ms behind: too many orders for this machine`] : []),
    ]
    this.#last = now
    return parts.join(' · ')
  }
}
