import type { Micros } from '@depthcast/market'
import { expect, test } from 'vitest'
import { Conversation, type ConversationHandlers } from '../src/conversation.ts'
import type { Outside } from '../src/outside.ts'
import type { HttpRequest, Protocol } from '../src/venue.ts'
import { VenueBudget } from '../src/venue-budget.ts'

/** A world in which nobody answers, and time passes when it is told to. */
class StillWorld implements Outside {
  #now = 0
  #timers: { readonly at: number; readonly act: () => void }[] = []
  /** When each request went out, in ms. */
  readonly asked: (readonly [ms: number, id: string])[] = []

  readonly clock = { now: (): Micros => (this.#now * 1000) as Micros }
  readonly random = (): number => 0
  readonly later = (ms: number, act: () => void): (() => void) => {
    const timer = { at: this.#now + ms, act }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }
  readonly connect = (): never => {
    throw new Error('no sockets here')
  }
  readonly request = ({ id }: HttpRequest): Promise<never> => {
    this.asked.push([this.#now, id])
    return new Promise(() => {})
  }

  pass(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const due = this.#timers.toSorted((a, b) => a.at - b.at)[0]
      if (due === undefined || due.at > until) break
      this.#timers = this.#timers.filter((other) => other !== due)
      this.#now = Math.max(this.#now, due.at)
      due.act()
    }
    this.#now = until
  }
}

const SILENT: ConversationHandlers = {
  onEvent: () => {},
  onCheck: () => {},
  onError: () => {},
  onRoll: () => {},
  onClosed: () => {},
  onStepped: () => {},
  onGaveUp: () => {},
}

test('two connections to a venue, as in a roll, spend one request weight between them', () => {
  const outside = new StillWorld()
  const limits = { connects: 9, perMs: 1, sendsPerSecond: 9, requestWeight: { burst: 100, perSecond: 10 } }
  const budget = new VenueBudget(limits)
  for (const name of ['old', 'new']) {
    const requests = [1, 2].map((n): HttpRequest => ({ id: `${name} ${n}`, url: 'http://venue/', weight: 60 }))
    const protocol: Protocol = { step: () => requests.map((request) => ({ kind: 'http', request })) }
    const plan = { venue: 'plain', url: undefined, instruments: [], options: {} }
    const counts = { frames: 0, errors: 0, reconnects: 0, lastFrameAt: undefined }
    new Conversation({ name, plan, protocol, limits, outside, budget }, SILENT, counts).start()
  }
  outside.pass(60_000)
  // 100 of 240 at once; what is overdrawn by, and then 60 more, must first come back.
  expect(outside.asked).toEqual([
    [0, 'old 1'],
    [0, 'old 2'],
    [2_001, 'new 1'],
    [8_001, 'new 2'],
  ])
})
