import { ProtocolError } from '@depthcast/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TICKET_S, Tickets, type TicketView } from '../../src/resume/ticket.ts'
import { FakeClock } from '../fakes/clock.ts'

const VIEWS: readonly TicketView[] = [
  {
    sub: 7,
    channel: 'book',
    symbol: 'kraken:BTC-USD',
    options: { depth: 'all', grouping: 10, checksum: true, rateMs: 'raw', mode: 'unfiltered', maxAgeMs: 500 },
    paused: false,
  },
  {
    sub: 8,
    channel: 'candles',
    symbol: 'kraken:ETH-USD',
    options: { rateMs: 100, mode: 'merge', interval: '1m' },
    paused: true,
  },
]

test('a ticket brings back what it was issued for, at any gateway with the secret', () => {
  const clock = new FakeClock()
  const ticket = new Tickets(clock, 'one secret').issue('alice', VIEWS)
  expect(new Tickets(clock, 'one secret').read(ticket, 'alice')).toEqual(VIEWS)
  expect(new Tickets(clock, 'one secret').read(ticket, 'alice')).toEqual(VIEWS)
})

test('many views take few characters each', () => {
  const clock = new FakeClock()
  const many = Array.from(
    { length: 1000 },
    (_, n) => ({ ...VIEWS[0], sub: n + 1, symbol: `kraken:A${n}-USD` }) as TicketView,
  )
  const tickets = new Tickets(clock)
  const ticket = tickets.issue('alice', many)
  expect(ticket.length).toBeLessThan(1000 * 12)
  expect(tickets.read(ticket, 'alice')).toEqual(many)
})

test.each([
  { name: 'made with another secret', ticket: (clock: FakeClock) => new Tickets(clock, 'other').issue('alice', VIEWS) },
  {
    name: 'made by a process without a secret',
    ticket: (clock: FakeClock) => new Tickets(clock).issue('alice', VIEWS),
  },
  { name: 'of somebody else', ticket: (clock: FakeClock) => new Tickets(clock, 'one').issue('bob', VIEWS) },
  { name: 'that is empty', ticket: () => '' },
  { name: 'without a code', ticket: () => 'v1.abc.0gA' },
  { name: 'with an empty code', ticket: () => 'v1.abc.0gA.' },
])('a ticket $name is refused', ({ ticket }) => {
  const clock = new FakeClock()
  expect(() => new Tickets(clock, 'one').read(ticket(clock), 'alice')).toThrow(
    /not made by this server for this client/,
  )
})

test('a ticket is good until its time is over', () => {
  const clock = new FakeClock()
  const tickets = new Tickets(clock, 'one')
  const ticket = tickets.issue('alice', VIEWS)
  clock.advance((TICKET_S - 1) * 1000)
  expect(tickets.read(ticket, 'alice')).toEqual(VIEWS)
  clock.advance(2000)
  expect(() => tickets.read(ticket, 'alice')).toThrow(/ended 1 s ago: one is good for 600 s/)
})

test('a ticket of another version is told so', () => {
  const clock = new FakeClock()
  const tickets = new Tickets(clock, 'one')
  const ticket = tickets.issue('alice', VIEWS)
  expect(() => tickets.read(ticket.replace('v1', 'v2'), 'alice')).toThrow(/version 2, not 1/)
})

test('one changed, cut or lengthened anywhere is refused as a mistake of the client, and nothing else is thrown', () => {
  const clock = new FakeClock()
  const tickets = new Tickets(clock, 'one')
  const ticket = tickets.issue('alice', VIEWS)
  const letter = fc.constantFrom(...'abcXYZ019-_.~é')
  fc.assert(
    fc.property(fc.nat(ticket.length - 1), letter, fc.nat(2), (at, other, kind) => {
      const changed = [
        ticket.slice(0, at),
        ticket.slice(0, at) + other + ticket.slice(at + 1),
        ticket.slice(0, at) + other + ticket.slice(at),
      ][kind] as string
      fc.pre(changed !== ticket)
      expect(() => tickets.read(changed, 'alice')).toThrow(ProtocolError)
    }),
    { numRuns: 2000 },
  )
})
