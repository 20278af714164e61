import { expect, test } from 'vitest'
import { KrakenProtocol } from '../../src/venues/kraken/protocol.ts'
import { Driver, instrument, START } from '../driver.ts'
import { ADDRESSES, ack, checksumOf, HEARTBEAT, type Pairs, snapshot, ticker, update } from '../kraken-frames.ts'

// Users of other clients: "acknowledged, and then no data, while the socket lives" (nautilus_trader#4255, kraken-sdk-rust#47).

const BTC = instrument('kraken', 'BTC/USD', 'BTC', 'USD')
/** The best prices of the ticker of kraken-frames. */
const AT_TICKER: readonly [Pairs, Pairs] = [[['100.00', '1.000']], [['100.20', '2.000']]]
const BEFORE: readonly [Pairs, Pairs] = [[['99.00', '1.000']], [['100.20', '2.000']]]

/** A book of ten levels, live, and its channel silent from here on. */
function live([bids, asks]: readonly [Pairs, Pairs]): Driver {
  const driver = new Driver(new KrakenProtocol([BTC], 10, ADDRESSES)).open()
  for (const [id, channel] of ['instrument', 'book', 'trade', 'ticker'].entries())
    driver.frame(ack('BTC/USD', { id: id + 1, channel }))
  return driver
    .frame(snapshot('BTC/USD', bids, asks))
    .frame(update('BTC/USD', [['98.00', '1.000']], [], checksumOf([...bids, ['98.00', '1.000']], asks)))
    .forget()
}

/** Seconds in which nothing but heartbeats comes, on our socket and on the second one. */
function beat(driver: Driver, seconds: number, second?: string): Driver {
  for (let n = 0; n < seconds; n++) {
    driver.wait(1_000).frame(HEARTBEAT)
    if (second !== undefined) answer(driver, second, HEARTBEAT)
  }
  return driver
}

function answer(driver: Driver, id: string, frame: unknown): Driver {
  const text = typeof frame === 'string' ? frame : JSON.stringify(frame)
  return driver.step({ kind: 'probe', now: driver.now, id, text })
}

function questions(driver: Driver): string[] {
  return driver.outputs.flatMap((output) => (output.kind === 'probe' && output.withinMs < 30_000 ? [output.id] : []))
}

/** The venue's answer on the second socket: its book, as of now. */
function answered(driver: Driver, id: string): Driver {
  const time = new Date(driver.now / 1000).toISOString()
  answer(driver, id, { ...ack('BTC/USD'), time_out: time })
  return answer(driver, id, snapshot('BTC/USD', ...AT_TICKER))
}

test('kraken: a book whose updates stop while its ticker moves on is held against a fresh one, and taken anew', () => {
  const driver = beat(live(BEFORE).frame(ticker('BTC/USD')), 4)
  expect(questions(driver)).toHaveLength(1)
  expect(driver.state(BTC.id)).toBe('live')
  const id = questions(driver)[0] ?? ''
  beat(answered(driver, id), 3, id)
  expect(driver.state(BTC.id)).toBe('suspect')
  beat(driver, 2)
  const again = questions(driver)[1] ?? ''
  beat(answered(driver, again), 3, again)
  expect(driver.events).toContainEqual(expect.objectContaining({ kind: 'gap', reason: 'oracle' }))
  expect(driver.sent).toContainEqual(expect.objectContaining({ method: 'subscribe' }))
  expect(driver.frame(snapshot('BTC/USD', ...AT_TICKER)).state(BTC.id)).toBe('live')
})

test.each([
  { name: 'the ticker has the same best prices', play: () => live(AT_TICKER).frame(ticker('BTC/USD')) },
  { name: 'no ticker comes either', play: () => live(BEFORE) },
  {
    name: 'the update comes a moment after its ticker',
    play: () => {
      const driver = beat(live(BEFORE).frame(ticker('BTC/USD')), 2)
      const [bids, asks] = AT_TICKER
      const left: Pairs = [...bids, ['99.00', '1.000'], ['98.00', '1.000']]
      return driver.frame(update('BTC/USD', bids, [], checksumOf(left, asks)))
    },
  },
])('kraken: a book that stands still is only quiet where $name', ({ play }) => {
  const driver = beat(play(), 120)
  expect(questions(driver)).toEqual([])
  expect(driver.state(BTC.id)).toBe('quiet')
  expect(driver.now).toBeGreaterThan(START)
})
