import type { BookView, CandlesView, ChannelName, TickerView, TradesView } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { positionOf } from '../src/ring.ts'
import type { ViewSpec } from '../src/subscription.ts'
import { chained, type Update } from '../src/view-frames.ts'
import type { Script } from './fakes/feed.ts'
import { FakeGateway } from './fakes/gateway.ts'
import { Listener, viewSpec } from './fakes/listener.ts'
import { type Random, random } from './fakes/random.ts'

const BTC = 'test:BTC-USD'
const SCHEDULES = 100
const STEPS = 100

const VIEWS = [
  ['book', { rateMs: 100, mode: 'unfiltered', depth: 3 }],
  ['book', { rateMs: 'raw', mode: 'unfiltered', depth: 'all' }],
  ['book', { rateMs: 'raw', mode: 'unfiltered', depth: 2 }],
  ['candles', { rateMs: 50, mode: 'unfiltered' }],
  ['ticker', { rateMs: 1000, mode: 'unfiltered' }],
  ['trades', { rateMs: 100, mode: 'unfiltered' }],
  ['book', { rateMs: 100, depth: 3 }],
  ['candles', { rateMs: 'raw' }],
] as const

test('whatever stalls, loses its line, wakes, gaps and slows, everyone is level in the end, has nothing twice, and every loss was told', () => {
  for (let seed = 1; seed <= SCHEDULES; seed++) run(seed)
})

/** A view's updates in the order in which it made them, as `epoch.seq`. */
type Made = readonly string[]

function run(seed: number): void {
  const dice = random(seed)
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const groups = VIEWS.map(([name, wish]) => {
    const { spec, made } = recorded(viewSpec(name, BTC, wish))
    const listeners = [0, 1, 2].map(() => new Listener(gateway.hub, spec, gateway.encoding))
    return { made, listeners }
  })
  gateway.hub.settle()
  const everyone = groups.flatMap(({ listeners }) => listeners)
  for (let step = 0; step < STEPS; step++) {
    if (dice.chance(0.6)) happen(dice, script)
    else behave(dice, dice.pick(everyone))
    if (dice.chance(0.05)) gateway.hub.setFloor(dice.pick([0, 100, 250, 1000]))
    if (dice.chance(0.4)) gateway.clock.advance(dice.pick([1, 5, 20, 150]))
  }
  script.snapshot([100, 5, 99, 7], [101, 4, 102, 6])
  for (const listener of everyone) listener.drain()
  gateway.hub.setFloor(0)
  gateway.clock.advance(6000)
  for (const { made, listeners } of groups) {
    for (const listener of listeners) {
      const { name } = listener.view.spec.channel
      expect(listener.breaches, `seed ${seed} ${name}`).toEqual([])
      expect(shown(name, listener.held), `seed ${seed} ${name}`).toEqual(shown(name, listeners[0]?.held))
      if (listener.view.spec.mode === 'unfiltered' && name !== 'trades')
        expect(untold(listener, made), `seed ${seed} ${name}`).toEqual([])
    }
  }
  expect(gateway.metrics.value('depthcast_hub_errors_total'), `seed ${seed}`).toBe(0)
  const whole = groups[1]?.listeners[0]?.held as BookView | undefined
  expect(whole?.bids, `seed ${seed}`).toEqual(gateway.hub.listings.get(BTC)?.ledger.book.bids())
}

function happen(dice: Random, script: Script): void {
  const kind = dice.whole(20)
  const count = dice.chance(0.01) ? 1100 : 1 + dice.whole(4)
  if (kind < 11)
    for (let n = 0; n < count; n++) script.delta([100 - dice.whole(6), dice.whole(40)], [101 + dice.whole(6), 3])
  else if (kind < 16) for (let n = 0; n < count; n++) script.trade(95 + dice.whole(12), 1 + dice.whole(9))
  else if (kind < 17) script.snapshot([100, 1 + dice.whole(9), 98, 3], [101, 2])
  else if (kind < 18) script.gap('book', dice.pick(['sequence', 'disconnected']))
  else if (kind < 19) script.gap('trades', 'disconnected', dice.chance(0.5) ? dice.whole(5) : undefined)
  else script.skip(1)
}

function behave(dice: Random, listener: Listener): void {
  const kind = dice.whole(10)
  if (kind < 4) listener.room = dice.whole(4)
  else if (kind < 7) listener.drain(1 + dice.whole(30))
  else if (kind < 9) listener.reconnect()
  else listener.drain()
}

/** The same view, whose updates are written down as the channel makes them. */
function recorded(spec: ViewSpec): { readonly spec: ViewSpec; readonly made: Made } {
  const { channel } = spec
  const made: string[] = []
  const note = <Any>(update: Any): Any => {
    const one = chained(update as Update | undefined)
    if (one !== undefined) made.push(placeOf(one))
    return update
  }
  const confirm = channel.confirm && ((state: unknown) => note(channel.confirm?.(state)))
  const watched = { ...channel, diff: (state: unknown) => note(channel.diff(state)), ...(confirm && { confirm }) }
  return { spec: { ...spec, channel: watched as ViewSpec['channel'] }, made }
}

/** What one was given that does not follow, update by update, from what it had, and what it was not given and not told of. */
function untold({ messages, begun }: Listener, made: Made): readonly string[] {
  const wrong: string[] = []
  let at: number | undefined
  let lost: number | undefined
  for (const [index, message] of messages.entries()) {
    if (begun.includes(index)) at = undefined
    if (message.type === 'gap') {
      if (message.next === 'snapshot') lost = message.reason === 'slow-client' ? message.lost : undefined
      if (message.next === 'snapshot' && message.reason !== 'slow-client') at = undefined
      continue
    }
    if (!('seq' in message)) continue
    const place = placeOf(message)
    const next = made.indexOf(place, (at ?? -1) + 1)
    if (lost !== undefined && at !== undefined && next !== at + lost) wrong.push(`${place} after ${lost} lost`)
    else if (lost === undefined && at !== undefined && next !== at + 1) wrong.push(`${place} does not follow`)
    at = made.indexOf(place)
    lost = undefined
  }
  if (at !== made.length - 1) wrong.push(`ends at ${at} of ${made.length}`)
  return wrong
}

function placeOf(update: Update | object): string {
  const { epoch, seq } = positionOf(update as Update)
  return `${epoch}.${seq}`
}

function shown(name: ChannelName, held: unknown): unknown {
  switch (name) {
    case 'book': {
      const { epoch, seq, bids, asks } = held as BookView
      return { epoch, seq, bids, asks }
    }
    case 'trades': {
      const { epoch, seq, trades } = held as TradesView
      return { epoch, seq, newest: trades.at(-1) }
    }
    case 'candles':
      return (held as CandlesView).candles
    case 'ticker':
      return (held as TickerView).latest?.last
    default:
      return undefined
  }
}
