import type { Struck } from '../faults/schedule.ts'
import type { FaultSpec } from '../faults/spec.ts'
import { count } from '../progress.ts'
import { textTable } from '../text-table.ts'
import type { Host } from './host.ts'
import type { ServeOptions } from './serve.ts'
import type { EmulatorServer } from './server.ts'
import type { WallClock } from './wall-clock.ts'

/** What is where, and what connects how. */
export function greeting(options: ServeOptions, host: Host, port: number): string {
  const name = ['0.0.0.0', '::', '127.0.0.1'].includes(options.host) ? '127.0.0.1' : options.host
  const authority = `${name.includes(':') ? `[${name}]` : name}:${port}`
  const [origin, socket] = [`http://${authority}`, `ws://${authority}`]
  const [symbol] = host.symbols
  const { preset, seed, rate = 1, scenario = 'none' } = options
  const market = [
    preset,
    `seed ${seed}`,
    ...(rate === 1 ? [] : [`${rate} times as many orders`]),
    ...(scenario === 'none' ? [] : [scenario]),
  ]
  return [
    `Emulating ${host.venues.join(', ')} at ${origin}: ${host.symbols.join(', ')}, ${market.join(', ')}`,
    ...(options.faults.length === 0 ? [] : [`Faults: ${options.faults.map(faultWords).join(', ')}`]),
    '',
    ...host.venues.map((venue) => `  ${venue.padEnd(10)}${PLACES[venue]?.(origin, socket) ?? ''}`),
    '',
    `  gateway   npm start -- --feed ${host.venues.join(',')} --venue-url ${origin} --symbols ${host.symbols.join(',')}`,
    ...host.venues.flatMap((venue) => CCXT[venue]?.(origin, socket) ?? []).map((line) => `  ccxt pro  ${line}`),
    `  truth     curl '${origin}/oracle/${symbol}?depth=5'`,
    `  faults    curl ${origin}/faults`,
    '',
    'Ctrl-C ends it.',
    '',
  ].join('\n')
}

type Words = (origin: string, socket: string) => string

/** A venue's WebSocket, and its REST. */
const PLACES: Readonly<Record<string, Words>> = {
  kraken: (origin, socket) => `${socket}/v2 · REST ${origin}/0/public/…`,
  binance: (origin, socket) => `${socket}/ws, ${socket}/stream · REST ${origin}/api/v3/…`,
  coinbase: (origin, socket) => `${socket}/ · REST ${origin}/products, ${origin}/currencies`,
}

/** Where ccxt keeps the addresses of each venue. */
const CCXT: Readonly<Record<string, Words>> = {
  kraken: (origin, socket) =>
    `kraken: urls.api.public = '${origin}'; urls.api.ws.publicV2 = '${socket}/v2'; await loadHttpProxyAgent()`,
  binance: (origin, socket) =>
    `binance: urls.api.public = '${origin}/api/v3'; urls.api.ws.spot = '${socket}/ws'; isSpotUrl = () => true; await loadHttpProxyAgent()`,
  coinbase: (origin, socket) =>
    `coinbaseexchange: urls.api.public = '${origin}'; urls.api.ws = '${socket}/'; await loadHttpProxyAgent()`,
}

function faultWords({ fault, venue, symbol, p, after, until, every, count: most }: FaultSpec): string {
  const seconds = (us: number) => `${us / 1e6} s`
  return [
    fault.name,
    ...(venue === undefined ? [] : [`at ${venue}`]),
    ...(symbol === undefined ? [] : [`of ${symbol}`]),
    ...(p === 1 ? [] : [`with p=${p}`]),
    ...(every === undefined ? [] : [`every ${seconds(every)}`]),
    ...(after === 0 ? [] : [`after ${seconds(after)}`]),
    ...(until === undefined ? [] : [`until ${seconds(until)}`]),
    ...(most === Number.POSITIVE_INFINITY ? [] : [most === 1 ? 'once' : `${count(most)} times`]),
  ].join(' ')
}

/** What it came to. */
export function ending(host: Host, { frames, cut }: EmulatorServer['counts']): readonly string[] {
  const seconds = (host.now - host.openedAt) / 1e6
  const slow = cut > 0 ? `, ${count(cut)} slow clients cut` : ''
  const total = `served ${count(frames)} frames of ${count(host.events)} order events in ${seconds.toFixed(1)} s${slow}`
  const struck = host.faults.counts()
  if (struck.length === 0) return [host.faults.isEmpty ? total : `${total}; no fault struck`]
  return [total, ...textTable([['fault', 'venue', 'market', 'struck', 'first'], ...struck.map(struckCells)], 3)]
}

function struckCells({ fault, venue, symbol, count: times, firstAt }: Struck): readonly string[] {
  return [fault, venue, symbol, count(times), `${(firstAt / 1e6).toFixed(1)} s`]
}

/** One line that says how it goes, since the line before. */
export class StatusLine {
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
    const rate = (amount: number): string => count(amount / seconds)
    const faults = this.#host.faults.counts().reduce((sum, one) => sum + one.count, 0)
    const behindMs = Math.round((now.at - this.#host.now) / 1000)
    const parts = [
      `${((now.at - this.#host.openedAt) / 1e6).toFixed(0)} s`,
      `${count(this.#host.clients)} clients connected`,
      `${rate(now.events - this.#last.events)} order events/s`,
      `${rate(now.frames - this.#last.frames)} frames/s sent`,
      ...(this.#host.faults.isEmpty ? [] : [`${count(faults)} faults struck`]),
      ...(cut > 0 ? [`${count(cut)} slow clients cut`] : []),
      ...(behindMs > 250 ? [`${behindMs} ms behind: too many orders for this machine`] : []),
    ]
    this.#last = now
    return parts.join(' · ')
  }
}
