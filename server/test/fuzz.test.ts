import { ERRORS, type WireError } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { REQUEST_NAMES } from '../src/requests.ts'
import type { FakeClient } from './fakes/client.ts'
import { FakeGateway } from './fakes/gateway.ts'
import { type Random, random } from './fakes/random.ts'

const MESSAGES = 100_000
const ALLOWED = new Set<number>(ERRORS.map(({ code }) => code).filter((code) => code !== 500))

test.each(REQUEST_NAMES)(
  'a hundred thousand random %s requests give an answer or a typed error each, and another session notices nothing',
  (name) => {
    const dice = random(REQUEST_NAMES.indexOf(name) + 1)
    const gateway = new FakeGateway(['BTC', 'ETH'])
    const script = gateway.begun()
    gateway.begun(1)
    const witness = gateway.connect()
    witness.subscribe('book', ['test:BTC-USD'], { rateMs: 'raw' })
    let fuzzer = gateway.connect()
    const wrong: unknown[] = []
    let answers = 0
    for (let n = 0; n < MESSAGES; n++) {
      if (fuzzer.door.closed !== undefined) fuzzer = gateway.connect()
      const payload = request(dice, fuzzer)
      fuzzer.guest.receive(name, payload, (ack) => {
        answers++
        const problem = problemIn(ack)
        if (problem !== undefined) wrong.push({ payload, problem })
      })
      fuzzer.messages.length = 0
      if (n % 1000 === 0) script.delta([100, 1 + (n % 7)], [])
      if (n % 100 === 0) gateway.clock.advance(1000)
    }
    fuzzer.guest.gone('test')
    expect(wrong.slice(0, 3)).toEqual([])
    expect(answers).toBe(MESSAGES)
    expect(witness.of('update').length).toBeGreaterThan(80)
    expect([witness.breaches, witness.differences(), witness.of('error')]).toEqual([[], [], []])
    expect(gateway.metrics.value('depthcast_views')).toBe(1)
    expect(gateway.metrics.value('depthcast_sessions')).toBe(1)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  },
)

test('a hundred thousand random handshakes are let in or refused with a typed error each', async () => {
  const dice = random(99)
  const { sessions } = new FakeGateway()
  const codes = new Set<number>()
  for (let n = 0; n < MESSAGES; n++) {
    const auth = dice.chance(0.5)
      ? anything(dice, 3)
      : { [dice.pick(['protocol', 'token', 'client', 'resume', 'x'])]: anything(dice, 2) }
    const admission = await sessions.admit({
      auth,
      address: '192.0.2.1',
      origin: undefined,
      host: undefined,
      authorization: undefined,
    })
    codes.add(admission.admitted ? 0 : admission.code)
  }
  expect([...codes].sort((a, b) => a - b)).toEqual([0, 400, 422, 426])
})

test('a hundred thousand random acks end nobody but those who go on sending them', () => {
  const dice = random(7)
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const witness = gateway.connect(gateway.encoding, {}, { acks: true })
  witness.subscribe('book', ['test:BTC-USD'], { rateMs: 'raw' })
  let fuzzer = gateway.connect()
  let cut = 0
  for (let n = 0; n < MESSAGES; n++) {
    if (fuzzer.door.closed !== undefined) {
      cut++
      fuzzer = gateway.connect()
    }
    const payload = dice.chance(0.7)
      ? { n: dice.pick([n, fuzzer.received, dice.whole(5), -1, 2 ** 53]) }
      : anything(dice, 2)
    fuzzer.guest.receive('ack', payload, () => witness.breaches.push('an ack was answered'))
    if (n % 1000 === 0) script.delta([100, 1 + (n % 7)], [])
    if (n % 100 === 0) gateway.clock.advance(1000)
  }
  fuzzer.guest.gone('test')
  expect(cut).toBeGreaterThan(100)
  expect([witness.breaches, witness.differences(), witness.of('error'), gateway.sessions.size]).toEqual([[], [], [], 1])
})

test('whoever comes with a random resume token is let in with nothing, and told', () => {
  const dice = random(8)
  const gateway = new FakeGateway()
  gateway.begun()
  const holder = gateway.connect()
  holder.subscribe('book', ['test:BTC-USD'])
  const real = String(holder.guest.resume?.())
  for (let n = 0; n < 5000; n++) {
    const at = dice.whole(real.length)
    const changed = dice.chance(0.5)
      ? real.slice(0, at)
      : `${real.slice(0, at)}${dice.pick([...'aZ0.~-_,é'])}${real.slice(at + 1)}`
    const client = gateway.connect(gateway.encoding, { resume: changed })
    const [welcome] = client.of('welcome')
    // What is changed behind the ticket are only the client's own positions.
    const isSigned = changed.startsWith(`${real.split('~')[0]}~`)
    if (welcome?.resumed === undefined) expect(client.of('error')).toMatchObject([{ re: 'resume' }])
    else expect(isSigned).toBe(true)
    expect([400, 422, undefined]).toContain(client.of('error')[0]?.code)
    client.guest.gone('test')
  }
  expect([gateway.sessions.size, gateway.metrics.value('depthcast_views')]).toEqual([1, 1])
})

/** Nothing but a result or one of the errors of the table, and never our own failure. */
function problemIn(ack: unknown): unknown {
  const errors: WireError[] = []
  const { error, results } = ack as { error?: WireError; results?: readonly { error?: WireError }[] }
  if (error !== undefined) errors.push(error)
  for (const result of results ?? []) if (result.error !== undefined) errors.push(result.error)
  return errors.find(({ code, slug, message }) => !ALLOWED.has(code) || slug.length === 0 || message.length > 500)
}

const FIELDS = [
  'channel',
  'symbols',
  'depth',
  'grouping',
  'rateMs',
  'mode',
  'checksum',
  'interval',
  'sub',
  'paused',
  'maxAgeMs',
  'since',
  'n',
  't',
  '__proto__',
  'constructor',
  'toString',
  'polluted',
]

/** Mostly the right fields with mostly wrong values, so that every check has its turn. */
function request(dice: Random, client: FakeClient): unknown {
  if (dice.chance(0.1)) return anything(dice, 3)
  if (dice.chance(0.05)) return dice.chance(0.5) ? alias(dice) : [alias(dice), alias(dice)]
  const held = [...client.held.keys()]
  const fields: [string, unknown][] = []
  if (dice.chance(0.8)) fields.push(['channel', dice.pick(['book', 'trades', 'ticker', 'candles', 'status', 'bok'])])
  if (dice.chance(0.8))
    fields.push([
      'symbols',
      dice.chance(0.8) ? [dice.pick(['test:BTC-USD', 'test:ETH-USD', 'x', '', '__proto__'])] : anything(dice, 2),
    ])
  if (dice.chance(0.5)) fields.push(['sub', dice.chance(0.5) ? dice.pick([...held, 1]) : anything(dice, 2)])
  const kept = fields.filter(() => dice.chance(0.7))
  while (dice.chance(0.4)) kept.push([dice.pick(FIELDS), anything(dice, 2)])
  return Object.fromEntries(kept)
}

function alias(dice: Random): string {
  const parts = ['book', 'trades', 'test:BTC-USD', '5', 'all', '1', '100ms', 'raw', '1m', 'unfiltered', '', '__proto__']
  return Array.from({ length: 1 + dice.whole(6) }, () => dice.pick(parts)).join('.')
}

function anything(dice: Random, deep: number): unknown {
  switch (dice.whole(deep > 0 ? 12 : 9)) {
    case 0:
      return undefined
    case 1:
      return null
    case 2:
      return dice.chance(0.5)
    case 3:
      return dice.whole(300) - 10
    case 4:
      return dice.pick([Number.NaN, Number.POSITIVE_INFINITY, -0, 0.5, 2 ** 53, -1e308, Number.MAX_SAFE_INTEGER])
    case 5:
      return dice.pick(['all', 'raw', 'merge', '1m', 'book', '', '💥', '__proto__', 'x'.repeat(5000)])
    case 6:
      return new Uint8Array(dice.whole(20))
    case 7:
      return new Date(0)
    case 8:
      return 10n
    case 9:
      return Array.from({ length: dice.whole(4) }, () => anything(dice, deep - 1))
    case 10:
      return JSON.parse('{"__proto__":{"polluted":true},"toString":1,"valueOf":null}') as unknown
    default:
      return Object.fromEntries([[dice.pick(FIELDS), anything(dice, deep - 1)]])
  }
}
