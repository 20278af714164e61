import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LaneEnd, Lanes } from '../../src/flow/lanes.ts'
import { Sends } from '../../src/flow/sends.ts'
import { Metrics } from '../../src/metrics.ts'
import type { Door, Frame } from '../../src/transport.ts'
import { Uring } from '../../src/uring/uring.ts'
import { fakeEncoding } from '../fakes/door.ts'
import { FakeKernel, Socket } from '../fakes/kernel.ts'

const CAPACITY = 8
/** Bytes of different frames that fit in one call. */
const ROOM = 1 << 20
const MARK = Buffer.from('<mark>')

test('those whose lane is clear are sent to in one call, each what it was offered', () => {
  const { lanes, clients, fake, metrics } = together(3)
  const calls = fake.calls
  for (const { lane } of clients) lanes.offer(lane, frame('book'))
  lanes.offer(clients[1]!.lane, frame('trades'))
  lanes.flush()
  expect(clients.map(heard)).toEqual(['book', 'booktrades', 'book'])
  expect([fake.calls - calls, writes(clients)]).toEqual([1, [0, 0, 0]])
  expect(metrics.value('depthcast_writes_total')).toBe(3)
  expect(metrics.value('depthcast_io_uring_writes_total')).toBe(3)
  expect(metrics.value('depthcast_io_uring_calls_total')).toBe(1)
})

test('what one client alone gets goes by its socket', () => {
  const { lanes, clients, fake } = together(1)
  const calls = fake.calls
  lanes.offer(clients[0]!.lane, frame('book'))
  lanes.flush()
  expect([heard(clients[0]!), fake.calls - calls, writes(clients)]).toEqual(['book', 0, [1]])
})

test('more than one call takes leave in several', () => {
  const { lanes, clients, fake } = together(2 * CAPACITY + 3)
  const calls = fake.calls
  for (const { lane } of clients) lanes.offer(lane, frame('book'))
  lanes.flush()
  expect([new Set(clients.map(heard)), fake.calls - calls]).toEqual([new Set(['book']), 3])
})

test('frames that do not fit in one call together leave in several, and one that never fits goes by the socket', () => {
  const { lanes, clients } = together(3)
  const frames = [0.6 * ROOM, 0.6 * ROOM, 2 * ROOM].map((bytes, n) => Buffer.alloc(Math.round(bytes), `${n}`))
  for (const [n, { lane }] of clients.entries()) lanes.offer(lane, frames[n]!)
  lanes.flush()
  for (const [n, { socket }] of clients.entries()) expect(Buffer.concat(socket.taken).equals(frames[n]!)).toBe(true)
  expect(writes(clients)).toEqual([0, 0, 1])
})

test('a mark that is due leaves behind what it marks', () => {
  const { lanes, clients } = together(2)
  lanes.setDue(clients[1]!.lane, 1)
  for (const { lane } of clients) lanes.offer(lane, frame('book'))
  lanes.flush()
  expect(clients.map(heard)).toEqual(['book', `book${MARK}`])
})

test('who is owed something sends by itself, and whose socket holds something is written behind it', () => {
  const { lanes, clients } = together(3)
  const [owed, holding, free] = clients as [Client, Client, Client]
  for (const { lane } of clients) lanes.offer(lane, frame('book'))
  lanes.setClear(owed.lane, false)
  holding.hold('before')
  lanes.flush()
  holding.drain()
  expect(clients.map(heard)).toEqual(['', 'beforebook', 'book'])
  expect([owed.flushed, holding.writes, free.writes]).toEqual([1, 1, 0])
})

test('what a socket did not take whole goes on by the socket, and nothing passes it', () => {
  const { lanes, clients } = together(3)
  const [none, some, all] = clients as [Client, Client, Client]
  none.socket.room = 0
  some.socket.room = 3
  for (const { lane } of clients) lanes.offer(lane, frame('book'))
  lanes.flush()
  expect(clients.map(heard)).toEqual(['', 'boo', 'book'])
  // Nothing more is offered to who has not taken this: its session has to look first.
  expect(clients.map(({ lane }) => lanes.offer(lane, frame('next')))).toEqual([false, false, true])
  lanes.flush()
  for (const client of [none, some]) client.drain()
  expect([none, some, all].map(heard)).toEqual(['book', 'book', 'booknext'])
})

test('a socket that fails is written to, as it knows how to fail', () => {
  const { lanes, clients } = together(2)
  clients[0]!.socket.error = -32
  for (const { lane } of clients) lanes.offer(lane, frame('book'))
  lanes.flush()
  expect([writes(clients), clients.map(heard)]).toEqual([
    [1, 0],
    ['', 'book'],
  ])
})

test('a fault in what one client is sent is its own, and the others are sent theirs', () => {
  const { lanes, clients } = together(3)
  const error = new Error('boom')
  clients[1]!.descriptor = () => {
    throw error
  }
  for (const { lane } of clients) lanes.offer(lane, frame('book'))
  lanes.flush()
  expect([clients[1]!.thrown[0], heard(clients[0]!), heard(clients[2]!)]).toEqual([error, 'book', 'book'])
})

test('where the kernel does not say how much went out that client is ended, and the others go by their sockets from then on', () => {
  const { lanes, clients, fake, broken } = together(3)
  fake.silent.add(1)
  for (const { lane } of clients) lanes.offer(lane, frame('book'))
  lanes.flush()
  expect([clients.map(({ failures }) => failures), broken(), fake.held]).toEqual([[0, 1, 0], 1, 0])
  const calls = fake.calls
  for (const at of [0, 2]) lanes.offer(clients[at]!.lane, frame('next'))
  lanes.flush()
  expect([0, 2].map((at) => heard(clients[at]!))).toEqual(['booknext', 'booknext'])
  expect([fake.calls, broken()]).toEqual([calls, 1])
})

test('where the kernel takes fewer than it was given, the rest goes by the sockets', () => {
  const { lanes, clients, fake, broken } = together(3)
  fake.leaves = 2
  for (const { lane } of clients) lanes.offer(lane, frame('book'))
  lanes.flush()
  expect([clients.map(heard), writes(clients), broken()]).toEqual([['book', 'book', 'book'], [0, 1, 1], 1])
})

test('whatever sockets take and whoever is offered what, each hears all of it once and in order', () => {
  const size = fc.integer({ min: 1, max: 40 })
  const who = fc.array(fc.nat(11), { minLength: 1, maxLength: 14 })
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('offer' as const), size, who }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('room' as const), who, room: fc.nat(60) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('drain' as const), who }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('hold' as const), who }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('break' as const), leaves: fc.nat(4), silent: fc.nat(7) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { lanes, clients, fake } = together(12)
      const expected = clients.map(() => '')
      let n = 0
      for (const each of steps) {
        if (each.do === 'flush') lanes.flush()
        else if (each.do === 'break') Object.assign(fake, { leaves: each.leaves, silent: new Set([each.silent]) })
        else if (each.do === 'offer') {
          const one = frame(`[${n++}${'.'.repeat(each.size)}]`)
          for (const at of each.who) if (lanes.offer(clients[at]!.lane, one)) expected[at] += one.toString()
        } else {
          for (const client of each.who.map((at) => clients[at]!)) {
            if (each.do === 'room') client.socket.room = each.room
            else if (each.do === 'drain') {
              client.drain()
              lanes.setRoom(client.lane, 1000)
            } else {
              // Says something by itself: what was begun for it has left before, as it does for a session.
              lanes.flush()
              if (client.failures > 0) continue
              client.hold('|')
              expected[clients.indexOf(client)] += '|'
            }
          }
        }
      }
      lanes.flush()
      for (const [at, client] of clients.entries()) {
        client.drain()
        if (client.failures === 0) expect(heard(client)).toBe(expected[at])
        else expect(expected[at]?.startsWith(heard(client))).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})

/** A client whose socket is the fake kernel's, with what the process itself holds for it. */
class Client implements Door {
  readonly encoding = fakeEncoding()
  readonly address = '192.0.2.1'
  readonly marks = [MARK]
  readonly socket = new Socket()
  lane = 0
  writes = 0
  flushed = 0
  failures = 0
  readonly thrown: unknown[] = []
  gone = (): void => {}
  readonly #number: number
  #held = Buffer.alloc(0)

  constructor(number: number) {
    this.#number = number
  }

  write(bytes: Frame): number {
    this.writes++
    this.#held = Buffer.concat([this.#held, bytes])
    this.#pass()
    return this.#held.length
  }

  descriptor(): number {
    return this.#held.length === 0 ? this.#number : -1
  }

  /** The process says something by itself, and keeps it. */
  hold(text: string): void {
    this.#held = Buffer.concat([this.#held, Buffer.from(text)])
  }

  /** The other end reads. */
  drain(): void {
    this.socket.room = Number.POSITIVE_INFINITY
    this.#pass()
  }

  buffered(): number {
    return this.#held.length
  }

  onDrain(): void {}
  onAnswer(): void {}
  close(): void {}

  vanish(): void {
    this.failures++
    this.gone()
  }

  #pass(): void {
    const taken = this.#held.length === 0 ? 0 : Math.max(0, this.socket.take(this.#held))
    this.#held = this.#held.subarray(taken)
  }
}

function together(count: number) {
  const fake = new FakeKernel()
  const metrics = new Metrics()
  let broken = 0
  const sends = new Sends(new Uring(fake, CAPACITY), (memory) => fake.addressOf(memory), {
    metrics,
    onBroken: () => broken++,
  })
  const lanes = new Lanes(metrics, sends)
  const clients = Array.from({ length: count }, (_, number) => {
    const client = new Client(number)
    const end: LaneEnd = {
      flush: () => void client.flushed++,
      failed: (error) => client.thrown.push(error),
      windowDue: () => MARK,
    }
    client.lane = lanes.open(client, end, Number.MAX_SAFE_INTEGER)
    client.gone = () => lanes.close(client.lane)
    lanes.setClear(client.lane, true)
    lanes.setRoom(client.lane, 4 * ROOM)
    lanes.setDue(client.lane, Number.POSITIVE_INFINITY)
    fake.sockets.set(number, client.socket)
    return client
  })
  return { lanes, clients, fake, metrics, broken: () => broken }
}

const made = new Map<string, Buffer>()

/** The same frame for the same text, as those in step share one. */
function frame(text: string): Frame {
  let known = made.get(text)
  if (known === undefined) {
    known = Buffer.from(text)
    made.set(text, known)
  }
  return known
}

function heard({ socket }: Client): string {
  return Buffer.concat(socket.taken).toString()
}

function writes(clients: readonly Client[]): readonly number[] {
  return clients.map((client) => client.writes)
}
