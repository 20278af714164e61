import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Lane, type LaneEnd, Lanes, NO_LANE } from '../../src/flow/lanes.ts'
import { Metrics } from '../../src/metrics.ts'
import { FakeDoor, fakeEncoding } from '../fakes/door.ts'

const metrics = new Metrics()

const FULL_BYTES = 1000
const PLACES = [0, 1, 2, 3, 4, 5]
const ROOMS = fc.constantFrom(Number.NEGATIVE_INFINITY, 0, 100, 200, 700, 10_000)
const MARK = Buffer.from('0\n')

test('what a clear lane is offered in one moment leaves in one write, shared by those who were offered the same', () => {
  const { lanes, clients } = lanesOf(2)
  const [book, trades] = [frame('book'), frame('trades')]
  expect([book, trades].flatMap((each) => clients.map(({ lane }) => lanes.offer(lane, each)))).toEqual(
    Array(4).fill(true),
  )
  lanes.flush()
  const [first, second] = clients.map(({ door }) => door)
  expect([first?.writes, second?.writes, String(first?.last)]).toEqual([1, 1, `${book}${trades}`])
  expect(first?.last).toBe(second?.last)
  expect(clients.map(({ lane }) => [lanes.messages(lane), lanes.sentBytes(lane)])).toEqual(
    Array(2).fill([2, book.length + trades.length]),
  )
})

test.each([
  { name: 'is not clear', change: (lanes: Lanes, lane: number) => lanes.setClear(lane, false) },
  { name: 'has no room', change: (lanes: Lanes, lane: number) => lanes.setRoom(lane, 0) },
  {
    name: 'nothing is known of',
    change: (lanes: Lanes, lane: number) => lanes.setRoom(lane, Number.NEGATIVE_INFINITY),
  },
  { name: 'was closed', change: (lanes: Lanes, lane: number) => lanes.close(lane) },
])('a lane that $name is offered nothing', ({ change }) => {
  const { lanes, clients } = lanesOf(1)
  const [{ lane, door }] = clients as [Client]
  change(lanes, lane)
  expect(lanes.offer(lane, frame('book'))).toBe(false)
  lanes.flush()
  expect([door.writes, lanes.hasBegun]).toEqual([0, false])
})

test('the lane of whoever has none is never clear', () => {
  const { lanes } = lanesOf(0)
  lanes.setClear(NO_LANE, true)
  lanes.setRoom(NO_LANE, 1000)
  expect([lanes.isClear(NO_LANE), lanes.offer(NO_LANE, frame('book'))]).toEqual([false, false])
})

test('a message goes out whole while there is any room, and nothing after it until someone looks', () => {
  const { lanes, clients } = lanesOf(1)
  const [{ lane }] = clients as [Client]
  const big = frame('x'.repeat(60))
  lanes.setRoom(lane, big.length + 1)
  // Twice in one write, as there was room for more than one; then there is none.
  expect([1, 2, 3].map(() => lanes.offer(lane, big))).toEqual([true, true, false])
  lanes.flush()
  expect([lanes.offer(lane, big), lanes.hasRoom(lane)]).toEqual([false, false])
  lanes.setRoom(lane, 1)
  expect(lanes.offer(lane, big)).toBe(true)
})

test('a write is full at so many bytes, however much room there is, and the next one is empty', () => {
  const { lanes, clients } = lanesOf(1)
  const [{ lane }] = clients as [Client]
  const half = frame('x'.repeat(FULL_BYTES / 2))
  const offered = () => [1, 2, 3].map(() => lanes.offer(lane, half))
  expect(offered()).toEqual([true, true, false])
  lanes.flush()
  expect(offered()).toEqual([true, true, false])
})

test('offered to many at once, each takes what it would take if it were asked by itself', () => {
  const change = fc.record({
    who: fc.constantFrom(...PLACES),
    room: ROOMS,
    isClear: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  })
  const round = fc.record({
    to: fc.oneof({ weight: 3, arbitrary: fc.constant(PLACES) }, { weight: 1, arbitrary: fc.subarray(PLACES) }),
    bytes: fc.constantFrom(100, 200, 500),
    changes: fc.array(change, { maxLength: 2 }),
    flushes: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(round, { maxLength: 30 }), (rounds) => {
      const fullBytes = (place: number) => FULL_BYTES / (1 + (place % 2))
      const [together, alone] = [lanesOf(PLACES.length, fullBytes), lanesOf(PLACES.length, fullBytes)]
      const both = [together, alone] as const
      for (const [number, { to, bytes, changes, flushes }] of rounds.entries()) {
        const book = frame(`${number}`.padEnd(bytes - frame('').length, '.'))
        for (const { lanes, clients } of both) for (const change of changes) changeOne(lanes, clients, change)
        const [many, each] = both.map(({ clients }) => to.map((place) => clients[place]?.lane as Lane)) as [
          Lane[],
          Lane[],
        ]
        expect(refusedOf(many, (from) => together.lanes.offerDown(many, from, book))).toEqual(
          refusedOf(each, (from) => (alone.lanes.offer(each[from] as Lane, book) ? from - 1 : from)),
        )
        if (flushes) for (const { lanes } of both) lanes.flush()
      }
      for (const { lanes } of both) lanes.flush()
      const [had, hadAlone] = both.map(({ clients }) =>
        clients.map(({ heard, door, flushed }) => [heard, door.writes, flushed]),
      )
      expect(had).toEqual(hadAlone)
    }),
    { numRuns: 500 },
  )
})

test('what stays in the process is looked at before anything else goes by', () => {
  const { lanes, clients } = lanesOf(1)
  const [{ lane, door }] = clients as [Client]
  door.stalled = true
  lanes.offer(lane, frame('book'))
  lanes.flush()
  expect([lanes.hasRoom(lane), lanes.offer(lane, frame('book'))]).toEqual([false, false])
})

test('the window is asked once so many bytes have gone, and its mark leaves with what was last', () => {
  const { lanes, clients } = lanesOf(1)
  const [client] = clients as [Client]
  const book = frame('book')
  lanes.setDue(client.lane, 2 * book.length)
  const sent: string[] = []
  for (let n = 0; n < 3; n++) {
    lanes.offer(client.lane, book)
    lanes.flush()
    sent.push(String(client.door.last))
  }
  // This window goes on asking, as nobody moved the bytes at which it wants to know.
  expect(sent).toEqual([`${book}`, `${book}${MARK}`, `${book}${MARK}`])
  expect([client.asked, lanes.messages(client.lane)]).toEqual([2, 3])
})

test('one who came to be owed something after a frame was begun sends it by itself, with what it is owed', () => {
  const { lanes, clients } = lanesOf(1)
  const [client] = clients as [Client]
  lanes.offer(client.lane, frame('book'))
  lanes.setClear(client.lane, false)
  lanes.flush()
  expect([client.flushed, client.door.writes, lanes.take(client.lane)?.messages]).toEqual([1, 0, 1])
})

test('a socket that throws ends its own client, and the others have their turn', () => {
  const { lanes, clients } = lanesOf(3)
  const error = new Error('boom')
  const [, failing] = clients as [Client, Client, Client]
  failing.door.write = () => {
    throw error
  }
  for (const { lane } of clients) lanes.offer(lane, frame('book'))
  lanes.flush()
  expect(clients.map(({ door, failures }) => [door.writes, failures])).toEqual([
    [1, []],
    [0, [error]],
    [1, []],
  ])
})

test('a lane is used again by the next who comes, with nothing of the one before', () => {
  const { lanes, clients } = lanesOf(2)
  const [{ lane, door }] = clients as [Client, Client]
  lanes.offer(lane, frame('book'))
  lanes.close(lane)
  lanes.close(lane)
  const next = clientOf(lanes)
  const other = clientOf(lanes)
  expect([next.lane, other.lane === lane, lanes.messages(lane), lanes.sentBytes(lane)]).toEqual([lane, false, 0, 0])
  expect([lanes.isClear(lane), lanes.hasRoom(lane)]).toEqual([false, false])
  lanes.flush()
  expect([door.writes, next.door.writes]).toEqual([0, 0])
})

test('numbers stay as they were when more come than there were places for', () => {
  const { lanes, clients } = lanesOf(1)
  const [first] = clients as [Client]
  lanes.offer(first.lane, frame('book'))
  lanes.flush()
  const before = [lanes.messages(first.lane), lanes.sentBytes(first.lane)]
  const many = Array.from({ length: 1000 }, () => clear(lanes, clientOf(lanes)))
  for (const { lane } of many) expect(lanes.offer(lane, frame('trades'))).toBe(true)
  lanes.flush()
  expect([lanes.messages(first.lane), lanes.sentBytes(first.lane)]).toEqual(before)
  expect(new Set(many.map(({ door }) => door.writes))).toEqual(new Set([1]))
})

type Client = {
  readonly lane: number
  readonly door: FakeDoor
  /** Types of the messages that arrived. */
  readonly heard: readonly string[]
  asked: number
  flushed: number
  readonly failures: unknown[]
}

function lanesOf(count: number, fullBytes = (_place: number) => FULL_BYTES) {
  const lanes = new Lanes(metrics)
  return { lanes, clients: Array.from({ length: count }, (_, at) => clear(lanes, clientOf(lanes, fullBytes(at)))) }
}

function clientOf(lanes: Lanes, fullBytes = FULL_BYTES): Client {
  const heard: string[] = []
  const door = new FakeDoor(fakeEncoding(), ({ type }) => void heard.push(type))
  const client = { lane: NO_LANE, door, heard, asked: 0, flushed: 0, failures: [] as unknown[] }
  const end: LaneEnd = {
    flush: () => void client.flushed++,
    failed: (error) => void client.failures.push(error),
    windowDue() {
      client.asked++
      return MARK
    },
  }
  client.lane = lanes.open(door, end, fullBytes)
  lanes.setDue(client.lane, Number.POSITIVE_INFINITY)
  return client
}

function clear(lanes: Lanes, client: Client): Client {
  lanes.setClear(client.lane, true)
  lanes.setRoom(client.lane, 10_000)
  return client
}

function changeOne(
  lanes: Lanes,
  clients: readonly Client[],
  { who, room, isClear }: { readonly who: number; readonly room: number; readonly isClear: boolean },
): void {
  const { lane } = clients[who] as Client
  lanes.setRoom(lane, room)
  lanes.setClear(lane, isClear)
}

/** Those who did not take it, where `offer` goes from a place down to the first who does not and says which that is, or how far it came. */
function refusedOf(lanes: readonly Lane[], offer: (from: number) => number): readonly number[] {
  const refused: number[] = []
  for (let at = lanes.length - 1; at >= 0; ) {
    const stopped = offer(at)
    if (stopped === at) refused.push(at)
    at = stopped === at ? at - 1 : stopped
  }
  return refused
}

function frame(text: string): Buffer {
  return Buffer.from(`${JSON.stringify({ type: text })}\n`)
}
