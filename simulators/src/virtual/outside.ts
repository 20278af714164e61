import type { Outside, Socket, SocketHandlers } from '@depthcast/feeds'
import type { Micros } from '@depthcast/market'
import type { HttpAnswer } from '../emulators/emulator.ts'
import type { Client, Host, Sink } from '../emulators/host.ts'
import { Timers } from '../emulators/timers.ts'
import type { Chance } from '../faults/chance.ts'

/** There and back on the way to the venue, µs. */
const ROUND_TRIP = 20_000
/** As the feed waits for an answer over HTTP. */
const HTTP_TIMEOUT_MS = 15_000
/** A socket that ends without a word. */
const RESET = 1006

export type VirtualOutsideOptions = { readonly openedAt: number; readonly host: Host; readonly chance: Chance }

/**
 * The world as a feed meets it, in virtual time: its clock and timers, its sockets and requests, with an emulated venue at the other end. Whoever
 * holds it moves the time.
 */
export class VirtualOutside implements Outside {
  readonly #host: Host
  readonly #chance: Chance
  readonly #timers = new Timers<Timer>()
  readonly #soon: (() => void)[] = []
  #now: number
  #isAnswered = false

  constructor({ openedAt, host, chance }: VirtualOutsideOptions) {
    this.#now = openedAt
    this.#host = host
    this.#chance = chance
  }

  readonly clock = { now: (): Micros => this.#now as Micros }
  readonly random = (): number => this.#chance.uniform()

  readonly later = (ms: number, act: () => void): (() => void) => {
    const timer: Timer = { act }
    this.#timers.add(this.#now + Math.ceil(ms * 1000), timer)
    return () => {
      timer.act = undefined
    }
  }

  readonly connect = (url: string, handlers: SocketHandlers): Socket => {
    let client: Client | undefined
    let isOver = false
    const end = (code: number, reason: string): void => {
      if (isOver) return
      isOver = true
      client?.step({ kind: 'closed', now: this.#now })
      this.#soon.push(() => handlers.onClose(code, reason))
    }
    const hear: Sink = (output) => {
      this.#soon.push(() => {
        if (isOver) return
        switch (output.kind) {
          case 'frame':
            handlers.onFrame(output.text)
            break
          case 'ping':
            client?.step({ kind: 'pong', now: this.#now, payload: output.payload })
            handlers.onPing(output.payload)
            break
          case 'pong':
            break
          case 'close':
            end(output.code, output.reason)
            break
        }
      })
    }
    this.later(ROUND_TRIP / 1000, () => {
      if (isOver) return
      const met = this.#host.connect(questionFor(url, this.#now), hear) ?? NOWHERE
      if ('status' in met) {
        handlers.onRefused(met.status, header(met, 'retry-after'))
        end(RESET, '')
        return
      }
      client = met
      handlers.onOpen()
      client.step({ kind: 'open', now: this.#now })
    })
    return {
      send: (text) => {
        if (!isOver) client?.step({ kind: 'frame', now: this.#now, text })
      },
      terminate: () => end(RESET, ''),
    }
  }

  readonly request: Outside['request'] = ({ id, url }, _cancelled, recording) => {
    const askedAt = this.clock.now()
    const answer = this.#host.http(questionFor(url, askedAt)) ?? NOWHERE
    const { delayMs = 0 } = answer
    const { status, body, headers = {} } = delayMs < HTTP_TIMEOUT_MS ? answer : TIMED_OUT
    const after = header({ headers }, 'retry-after')
    const reply = { id, url, status, body, ...(after === undefined ? {} : { retryAfterMs: Number(after) * 1000 }) }
    return new Promise((resolve) => {
      this.later(ROUND_TRIP / 1000 + Math.min(delayMs, HTTP_TIMEOUT_MS), () => {
        recording?.tap({ kind: 'http', at: recording.now(), url, status, body, headers, askedAt })
        this.#isAnswered = true
        resolve(reply)
      })
    })
  }

  /**
   * Lets the time come to `now`, and everything happen that is due by then. An answer over HTTP is a promise, and whoever waits for it goes on a few
   * turns of the event loop later: then so does what this returns. Undefined where nothing needs to be waited for.
   */
  reach(now: number): Promise<void> | undefined {
    this.#now = now
    this.#settle()
    for (let due = this.#timers.take(now); due !== undefined; due = this.#timers.take(now)) {
      due.item.act?.()
      this.#settle()
      if (this.#isAnswered) return this.#goOn(now)
    }
    return undefined
  }

  async #goOn(now: number): Promise<void> {
    this.#isAnswered = false
    await new Promise(setImmediate)
    await this.reach(now)
  }

  #settle(): void {
    for (let act = this.#soon.shift(); act !== undefined; act = this.#soon.shift()) act()
  }
}

type Timer = { act: (() => void) | undefined }

const NOWHERE: HttpAnswer = { status: 404, body: '' }
const TIMED_OUT: HttpAnswer = { status: 0, body: 'timed out' }

function questionFor(url: string, now: number): Parameters<Host['http']>[0] {
  const { pathname, searchParams } = new URL(url)
  return { now, method: 'GET', path: pathname, query: searchParams, address: '127.0.0.1' }
}

function header({ headers }: Pick<HttpAnswer, 'headers'>, name: string): string | undefined {
  return Object.entries(headers ?? {}).find(([spelled]) => spelled.toLowerCase() === name)?.[1]
}
