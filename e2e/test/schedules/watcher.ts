import type {
  Granted,
  ModifyAck,
  ResumedView,
  SubId,
  SubscribeAck,
  SubscribeResult,
  ViewOptions,
} from '@depthcast/protocol'
import { type DoorName, type Line, openLine } from './line.ts'
import type { Market } from './market.ts'
import { Share, type Want } from './share.ts'

/**
 * A client that forgives nothing: whatever breaks a chain or a checksum, comes out of place, comes twice, or goes missing without a word, is a
 * breach.
 */
export class Watcher {
  readonly breaches: string[] = []
  readonly #acks: boolean
  readonly #shares: readonly Share[]
  readonly #heard: () => void
  #line: Line | undefined
  #isWelcome = false
  #ticket: string | undefined
  #messages = 0
  #pauses = true

  constructor(market: Market, wants: readonly Want[], { acks, heard }: { readonly acks: boolean; heard(): void }) {
    this.#acks = acks
    this.#heard = heard
    this.#shares = wants.map((want) => new Share(want, market.ledgers.get(want.symbol)!))
  }

  get door(): DoorName | undefined {
    return this.#line?.door
  }

  get isConnected(): boolean {
    return this.#line !== undefined
  }

  /** False until something can be resumed: an event stream cannot subscribe anew. */
  get hasTicket(): boolean {
    return this.#ticket !== undefined
  }

  get hasPaused(): boolean {
    return this.#shares.some(({ isPaused }) => isPaused)
  }

  /** Goes through a door of a gateway, with the token of what it holds when it has one. */
  connect(door: DoorName, url: string): void {
    this.cut()
    this.#messages = 0
    this.#isWelcome = false
    const token = this.#ticket === undefined ? undefined : `${this.#ticket}~${this.#positions('ticketSub').join(',')}`
    const line: Line = openLine(door, url, token, {
      message: (type, body) => {
        if (this.#line === line) this.#message(type, body)
      },
      token: (told) => {
        if (this.#line === line) this.#checkToken(told)
      },
      ended: () => {
        if (this.#line !== line) return
        this.#line = undefined
        this.#heard()
      },
    })
    this.#line = line
  }

  cut(): void {
    this.#line?.cut()
    this.#line = undefined
  }

  stall(): void {
    this.#line?.stall()
  }

  wake(): void {
    this.#line?.wake()
  }

  /** Changes one of its views, where the door takes requests and the channel has the option. */
  modify(at: number, options: ViewOptions & { readonly paused?: boolean }): void {
    const share = this.#shares[at % this.#shares.length]
    if (share?.sub === undefined || !this.#isWelcome) return
    if (share.want.channel !== 'book' && !Object.keys(options).every((name) => COMMON.includes(name))) return
    const { sub } = share
    this.#request('modify', { sub, ...options }, (ack: ModifyAck) => {
      // It may have become another view while the request was on its way.
      if ('error' in ack && ack.error.code === 410 && share.sub !== sub) this.#keepRunning(share)
      else if ('error' in ack) this.#breach(`modify refused: ${ack.error.message}`)
      else this.#moved(share, ack)
      this.#askTicket()
    })
  }

  /** Nothing stays paused from here on. */
  unpause(): void {
    this.#pauses = false
    for (const share of this.#shares) this.#keepRunning(share)
  }

  /** What is not as the market is. */
  differences(): readonly string[] {
    if (!this.#isWelcome || this.#line === undefined) return ['not connected']
    return this.#shares.filter((share) => !share.isLevel()).map((share) => share.describe())
  }

  /** Where it is in each view that counts, called as now or as in the token. */
  #positions(name: 'sub' | 'ticketSub'): string[] {
    return this.#shares.flatMap(({ [name]: sub, position }) =>
      position === undefined || sub === undefined ? [] : [`${sub}.${position.join('.')}`],
    )
  }

  #holdTicket(token: string): void {
    this.#ticket = token.split('~')[0]
    for (const share of this.#shares) share.ticketSub = share.sub
  }

  /** An event stream's token says what has been received of each view it names: those that this gateway has said something of. */
  #checkToken(token: string): void {
    const [, positions = ''] = token.split('~')
    this.#holdTicket(token)
    const held = this.#positions('sub')
    for (const told of positions.split(',').filter((position) => !UNHELD.test(position)))
      if (told !== '' && !held.includes(told)) this.#breach(`the token says ${told}, received was ${held.join(',')}`)
  }

  #askTicket(): void {
    this.#request('resume', {}, ({ resume, error }: { readonly resume?: string; readonly error?: unknown }) => {
      if (resume === undefined) this.#breach(`no token: ${JSON.stringify(error)}`)
      else this.#holdTicket(resume)
    })
  }

  #request<Answer>(name: string, payload: unknown, answered: (answer: Answer) => void): void {
    const line = this.#line
    line?.request?.(name, payload, (answer) => {
      if (this.#line !== line) return
      answered(answer as Answer)
      this.#heard()
    })
  }

  #message(type: string, body: Readonly<Record<string, unknown>>): void {
    this.#messages++
    switch (type) {
      case 'welcome':
        this.#welcome(body.resumed as readonly ResumedView[] | undefined)
        break
      case 'snapshot':
      case 'update':
      case 'trades':
      case 'ticker':
      case 'candle':
        this.#fold(type, body)
        break
      case 'gap':
        if (body.next === 'snapshot') this.#shareOf(type, body, (share) => this.#invalid(share))
        break
      case 'config':
        this.#config(body as unknown as Config)
        break
      case 'error':
        // A gateway that is being restarted has no time for newcomers.
        if (body.code !== 503) this.#breach(`error: ${JSON.stringify(body)}`)
        break
      default:
        break
    }
    if (this.#acks && this.#messages % 5 === 0) this.#line?.request?.('ack', { n: this.#messages }, () => {})
    this.#heard()
  }

  #welcome(resumed: readonly ResumedView[] = []): void {
    this.#isWelcome = true
    for (const view of resumed) {
      // A token may be from before a modify: then it brings back the view that was modified.
      const share = this.#shares.find(({ want }) => want.channel === view.channel && want.symbol === view.symbol)
      if (share === undefined) this.#breach(`${view.channel} of ${view.symbol} was never held`)
      else this.#resumed(share, view)
    }
    const back = new Set(resumed.map(({ channel, symbol }) => `${channel} ${symbol}`))
    for (const share of this.#shares) if (!back.has(`${share.want.channel} ${share.want.symbol}`)) share.sub = undefined
    const missing = this.#shares.filter(({ sub }) => sub === undefined)
    if (missing.length === 0) return
    if (this.#line?.request === undefined) this.#breach(`${missing.length} views were not resumed`)
    for (const share of missing) this.#subscribe(share)
    this.#askTicket()
  }

  #resumed(share: Share, view: ResumedView): void {
    if ('recovered' in view && view.recovered && share.ticketSub !== view.was)
      this.#breach(`${view.was} recovered as another`)
    this.#begun(share, view, view.paused)
  }

  #subscribe(share: Share): void {
    const { channel, symbol, options } = share.want
    const { position } = share
    const since = position === undefined ? {} : { since: [position] }
    this.#request('subscribe', { channel, symbols: [symbol], ...options, ...since }, (ack: SubscribeAck) => {
      if ('error' in ack) this.#breach(`subscribe refused: ${ack.error.message}`)
      else for (const result of ack.results) this.#begun(share, result, false)
    })
  }

  #begun(share: Share, result: SubscribeResult, isPaused: boolean): void {
    if ('error' in result) {
      this.#breach(`${result.symbol} refused: ${result.error.message}`)
      return
    }
    if (result.recovered === true && share.position === undefined) this.#breach(`${share.describe()} was recovered`)
    share.holds(result.sub, result.granted)
    share.isPaused = isPaused
    share.isValid = result.recovered === true
    this.#keepRunning(share)
  }

  #moved(share: Share, { sub, granted, paused }: { sub: SubId; granted: Granted; paused: boolean }): void {
    if (sub !== share.sub || paused || share.isPaused) share.isValid = false
    if (sub !== share.sub) share.ticketSub = undefined
    share.holds(sub, granted)
    share.isPaused = paused
    this.#keepRunning(share)
  }

  #keepRunning(share: Share): void {
    if (!this.#pauses && share.isPaused) this.modify(this.#shares.indexOf(share), { paused: false })
  }

  #config({ sub, was = sub, granted }: Config): void {
    this.#shareOf('config', { sub: was }, (share) => this.#moved(share, { sub, granted, paused: share.isPaused }))
  }

  #fold(type: string, body: Readonly<Record<string, unknown>>): void {
    this.#shareOf(type, body, (share) => {
      if (share.isPaused) this.#breach(`${type} for ${share.sub}, which is paused`)
      const problem = share.fold(type, body)
      if (problem !== undefined) this.#breach(`${share.describe()}: ${problem}`)
    })
  }

  #invalid(share: Share): void {
    share.isValid = false
  }

  #shareOf(type: string, { sub }: Readonly<Record<string, unknown>>, then: (share: Share) => void): void {
    const share = this.#shares.find((one) => one.sub === sub)
    if (share === undefined) this.#breach(`${type} for ${String(sub)}, which is not held`)
    else then(share)
  }

  #breach(what: string): void {
    this.breaches.push(`at ${this.door}: ${what}`)
  }
}

type Config = { readonly sub: SubId; readonly was?: SubId; readonly granted: Granted }

/** A ticker stands alone, and what has not begun has nothing: epoch or number 0. */
const UNHELD = /\.0(\.|$)/

/** Options that every channel has. */
const COMMON: readonly string[] = ['paused', 'rateMs']
