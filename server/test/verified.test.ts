import type { Verification } from '@depthcast/market'
import { expect, test } from 'vitest'
import { ANYONE } from '../src/auth/gatekeeper.ts'
import { instrumentsRoute } from '../src/routes/instruments.ts'
import { FakeGateway } from './fakes/gateway.ts'

const BTC = 'test:BTC-USD'

/** A gateway with one client on a book of this grade, who has heard of its state. */
function gatewayWith(verified: Verification) {
  const gateway = new FakeGateway()
  const script = gateway.feed.script()
  script.verified = verified
  script.status('live')
  script.snapshot([100, 5], [101, 4])
  const client = gateway.connect()
  client.subscribe('book', [BTC], { rateMs: 'raw' })
  client.subscribe('status', [BTC])
  const before = client.of('status').length
  const told = () => client.of('status').slice(before)
  return { gateway, script, told, first: client.of('status')[0] }
}

test('a book that its own messages verify is told once, with the time of the last; they are not told beside them', () => {
  const { gateway, script, told, first } = gatewayWith('checksum')
  const at = gateway.clock.now()
  expect(first).toMatchObject({ verified: 'checksum', verifiedAt: at })
  for (let n = 1; n <= 50; n++) {
    gateway.clock.advance(100)
    script.delta([100, n], [])
    gateway.hub.verified(BTC, gateway.clock.now())
  }
  expect(told()).toEqual([])
  script.status('suspect', 'one doubt')
  expect(told()).toMatchObject([{ state: 'suspect', verifiedAt: gateway.clock.now() }])
})

test('a book that stands still and is verified all the same is told so, once a second', () => {
  const { gateway, told } = gatewayWith('sequence')
  for (let n = 0; n < 50; n++) {
    gateway.clock.advance(100)
    gateway.hub.verified(BTC, gateway.clock.now())
  }
  expect(told()).toHaveLength(5)
  expect(told().at(-1)).toMatchObject({ verified: 'sequence', verifiedAt: gateway.clock.now() })
})

test('of a second source each word counts, as book messages say nothing: told once a second at most', () => {
  const { gateway, script, told, first } = gatewayWith('oracle')
  // Nothing was heard of it since this gateway began.
  expect(first).not.toHaveProperty('verifiedAt')
  for (let n = 1; n <= 50; n++) {
    gateway.clock.advance(100)
    script.delta([100, n], [])
    gateway.hub.verified(BTC, gateway.clock.now())
  }
  expect(told().length).toBeGreaterThanOrEqual(5)
  expect(told().length).toBeLessThanOrEqual(6)
})

test('nothing stands behind a book whose second source has never spoken: no time is told', () => {
  const { gateway, told, first } = gatewayWith('none')
  gateway.clock.advance(5_000)
  gateway.hub.verified(BTC, gateway.clock.now())
  expect(first).toMatchObject({ verified: 'none' })
  expect(first).not.toHaveProperty('verifiedAt')
  expect(told()).toEqual([])
})

test('the list of instruments says what stands behind each book, and when it last did', () => {
  const { gateway } = gatewayWith('sequence')
  const route = instrumentsRoute(gateway.hub)
  const answer = route.handle({ query: new URLSearchParams(), identity: ANYONE } as never, '')
  expect(answer).toMatchObject({
    body: [{ id: BTC, state: 'live', verified: 'sequence', verifiedAt: gateway.clock.now() }],
  })
})

test('a feed that tells of an instrument nobody knows disturbs nobody', () => {
  const { gateway, told } = gatewayWith('sequence')
  gateway.hub.verified('test:NO-NE', gateway.clock.now())
  expect(told()).toEqual([])
})
