import { once } from 'node:events'
import type { Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { descriptorOf } from '../../src/transports/write-out.ts'
import type { Kernel } from '../../src/uring/kernel.ts'
import { MAP_OFFSET } from '../../src/uring/layout.ts'
import { UNANSWERED, Uring } from '../../src/uring/uring.ts'
import { FakeKernel, Socket as FakeSocket, realKernel } from '../fakes/kernel.ts'
import { pairOfSockets as pair, readText as read } from '../fakes/sockets.ts'

const CAPACITY = 8
const EBADF = -9
const EAGAIN = -11

// The kernel of this machine

const kernel = realKernel()
const onLinux = test.skipIf(kernel === undefined)

const closing: (() => unknown)[] = []
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close()
})

onLinux('what is put in reaches each socket in one call, in order, over and over', async () => {
  const uring = open(kernel!)
  const pairs = [await pair(), await pair(), await pair()]
  const memory = bytesOf('abcdefghij')
  const rounds = 2 * CAPACITY + 1
  const heard = pairs.map(({ client }) => read(client, 3 * rounds))
  for (let round = 0; round < rounds; round++) {
    for (const [at, { server }] of pairs.entries()) uring.send(descriptorOf(server), kernel!.addressOf(memory) + at, 3)
    uring.submit()
    expect([...uring.results.subarray(0, 3)]).toEqual([3, 3, 3])
  }
  expect(await Promise.all(heard)).toEqual(['abc', 'bcd', 'cde'].map((text) => text.repeat(rounds)))
  expect(uring.isUsable).toBe(true)
})

onLinux('a socket that takes no more says so at once, and holds up nobody behind it', async () => {
  const uring = open(kernel!)
  const [full, free] = [await pair(), await pair()]
  full.client.pause()
  const memory = new ArrayBuffer(1 << 20)
  const address = kernel!.addressOf(memory)
  let taken = 0
  for (let result = 1; result > 0; ) {
    uring.send(descriptorOf(full.server), address, memory.byteLength)
    uring.send(descriptorOf(free.server), address, 1)
    uring.submit()
    result = uring.results[0]!
    if (result > 0) taken += result
    expect(uring.results[1]).toBe(1)
  }
  expect([uring.results[0], uring.isUsable]).toEqual([EAGAIN, true])
  // Not a byte more than it said: whoever sends the rest by the socket repeats nothing.
  full.client.resume()
  full.server.end()
  expect((await drain(full.client)).length).toBe(taken)
})

onLinux('a socket that is gone is an error of its own, no signal and no exception', async () => {
  const uring = open(kernel!)
  const [gone, here] = [await pair(), await pair()]
  const memory = bytesOf('x')
  gone.client.resetAndDestroy()
  await once(gone.server, 'error')
  const descriptors = [-1, descriptorOf(here.server)]
  for (const descriptor of descriptors) uring.send(descriptor, kernel!.addressOf(memory), 1)
  uring.submit()
  expect([...uring.results.subarray(0, 2), uring.isUsable]).toEqual([EBADF, 1, true])
})

onLinux('many can be opened and closed one after the other', () => {
  for (let i = 0; i < 200; i++) new Uring(kernel!, 1024).close()
  expect(open(kernel!).capacity).toBe(CAPACITY)
})

// One that fails where a test says so

test.each<[what: string, faults: Partial<FakeKernel>, said: RegExp]>([
  ['is refused', { refusesSetup: true }, /forbids it/],
  ['is of another kind', { features: 0 }, /too old/],
  ['has no memory for entries', { refusesMap: MAP_OFFSET.entries }, /no memory/],
  ['takes nothing', { leaves: 1 }, /otherwise than described/],
  ['answers nothing', { silent: new Set([0]) }, /otherwise than described/],
  ['answers something else', { noSocket: 0 }, /otherwise than described/],
])('where it %s there is none, and nothing stays open', (_, faults, said) => {
  const fake = Object.assign(new FakeKernel(), faults)
  expect(() => new Uring(fake, CAPACITY)).toThrow(said)
  expect(fake.held).toBe(0)
})

test('what the kernel left was not taken, and nothing is given to it any more', () => {
  const { uring, fake } = opened()
  fake.leaves = 2
  for (let i = 0; i < 3; i++) uring.send(i, fake.addressOf(new ArrayBuffer(4)), 4)
  uring.submit()
  expect([...uring.results.subarray(0, 3), uring.isUsable]).toEqual([4, 0, 0, false])
})

test('what the kernel took and did not answer is told apart from what it did not take', () => {
  const { uring, fake } = opened()
  fake.silent.add(1)
  for (let i = 0; i < 3; i++) uring.send(i, fake.addressOf(new ArrayBuffer(4)), 4)
  uring.submit()
  expect([...uring.results.subarray(0, 3), uring.isUsable]).toEqual([4, UNANSWERED, 4, false])
})

test('closing twice gives back once', () => {
  const { uring, fake } = opened()
  uring.close()
  uring.close()
  expect([fake.held, uring.isUsable]).toEqual([0, false])
})

test('each send has its own answer, however many went before', () => {
  const send = fc.record({ socket: fc.nat(CAPACITY - 1), from: fc.nat(90), bytes: fc.integer({ min: 1, max: 9 }) })
  fc.assert(
    fc.property(fc.array(fc.array(send, { maxLength: CAPACITY }), { maxLength: 40 }), (calls) => {
      const { uring, fake, sockets } = opened()
      const memory = bytesOf(Array.from({ length: 100 }, (_, n) => String.fromCharCode(33 + (n % 90))).join(''))
      const address = fake.addressOf(memory)
      const expected = sockets.map(() => '')
      for (const call of calls) {
        for (const { socket, from, bytes } of call) uring.send(socket, address + from, bytes)
        uring.submit()
        expect([...uring.results.subarray(0, call.length)]).toEqual(call.map(({ bytes }) => bytes))
        for (const { socket, from, bytes } of call) expected[socket] += Buffer.from(memory, from, bytes).toString()
      }
      expect(sockets.map(({ taken }) => Buffer.concat(taken).toString())).toEqual(expected)
    }),
  )
})

function opened() {
  const fake = new FakeKernel()
  const uring = new Uring(fake, CAPACITY)
  const sockets = Array.from({ length: CAPACITY }, () => new FakeSocket())
  for (const [descriptor, socket] of sockets.entries()) fake.sockets.set(descriptor, socket)
  return { uring, fake, sockets }
}

function open(on: Kernel): Uring {
  const uring = new Uring(on, CAPACITY)
  closing.push(() => uring.close())
  return uring
}

/** Memory of its own, where a string of ASCII is. */
function bytesOf(text: string): ArrayBuffer {
  return new Uint8Array([...text].map((letter) => letter.charCodeAt(0))).buffer
}

async function drain(client: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of client) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
