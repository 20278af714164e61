import { expect, test } from 'vitest'
import { startGateway } from '../fakes/running.ts'
import { Client } from './client.ts'
import { DOORS } from './doors/index.ts'
import { conforms, type Stage } from './suite.ts'
import type { DoorKit } from './wire.ts'

const BOOK = 'book.test:BTC-USD.all.1.raw'
const TRADES = 'trades.test:BTC-USD.raw'
const STREAMS = DOORS.filter(({ can }) => can.includes('stream'))

/** A client that holds a book and a tape, five trades long, and has gone; what it missed is two deltas and three trades. */
async function away({ gateway, come }: Pick<Stage, 'gateway' | 'come'>, at?: DoorKit) {
  const { script, url } = await gateway()
  for (let n = 1; n <= 5; n++) script.trade(100, n)
  const client = await come({ subscribe: [BOOK, TRADES] }, at)
  script.delta([100, 8], [])
  await client.holds(url)
  await client.next('trades')
  const token = await client.token()
  await client.leave()
  script.delta([100, 0, 97, 3], [101, 1])
  for (let n = 6; n <= 8; n++) script.trade(100, n)
  script.delta([96, 3], [])
  return { client, token, script, url }
}

async function expectLevel(back: Client, url: string): Promise<void> {
  await back.next('trades')
  await back.holds(url, 'depth=all', back.sub(0))
  expect(back.tape(back.sub(1)).trades.map(([id]) => Number(id))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect([back.tape(back.sub(1)).lost, back.breaches]).toEqual([0, []])
}

for (const to of STREAMS) {
  conforms(['stream'], `a client hops to ${to.name} with its token and goes on where it was`, async (stage) => {
    const { client, token, url } = await away(stage)
    const back = await stage.come({ resume: token }, to, client)
    expect(await back.next('welcome')).toMatchObject({
      resumed: [
        { channel: 'book', was: client.sub(0), symbol: 'test:BTC-USD', paused: false },
        { channel: 'trades', was: client.sub(1), recovered: true },
      ],
    })
    await expectLevel(back, url)
    // Told once each: the trades it had are not sent again.
    expect(back.of('trades').flatMap(({ trades }) => trades.map(([id]) => id))).toEqual(['6', '7', '8'])
  })
}

conforms(['stream'], 'a token of another secret does not count, which is said', async (stage) => {
  const { client, token } = await away(stage)
  const other = await startGateway()
  const back = await Client.come(stage.door, other.url, { resume: token, subscribe: [BOOK] }, client)
  expect(await back.next('error')).toMatchObject({ re: 'resume', code: expect.any(Number) })
  await back.next('snapshot')
  await back.holds(other.url)
  await back.leave()
  await other.close()
})

conforms(['stream'], 'one who missed nothing is sent nothing again', async ({ gateway, come }) => {
  const { script, url } = await gateway()
  script.trade(100, 1)
  const client = await come({ subscribe: [BOOK, TRADES] })
  await client.next('trades')
  await client.holds(url)
  const token = await client.token()
  await client.leave()
  const back = await come({ resume: token }, undefined, client)
  expect(await back.next('welcome')).toMatchObject({ resumed: [{ recovered: true }, { recovered: true }] })
  script.delta([100, 8], [])
  script.trade(100, 2)
  await back.next('trades')
  await back.holds(url, 'depth=all', back.sub(0))
  expect(back.order.filter((type) => type === 'snapshot')).toEqual([])
  expect(back.tape(back.sub(1)).trades.map(([id]) => id)).toEqual(['1', '2'])
})

conforms(['stream'], 'a book that was begun afresh meanwhile is not recovered, and says so', async (stage) => {
  const { client, token, script, url } = await away(stage)
  script.snapshot([50, 1], [51, 1])
  const back = await stage.come({ resume: token }, undefined, client)
  expect(await back.next('welcome')).toMatchObject({ resumed: [{ recovered: false }, { recovered: true }] })
  await back.next('snapshot')
  await expectLevel(back, url)
})

conforms(['stream'], 'a client may put what it has really folded in place of the positions', async (stage) => {
  const { client, token, url } = await away(stage)
  const ticket = token.split('~')[0] as string
  // As if the last trades and the last delta had not been worked through.
  const tape = client.tape(client.sub(1))
  const { epoch } = tape.place ?? { epoch: 0 }
  tape.rewind(3)
  const book = client.book(client.sub(0)).place
  const positions = `${client.sub(0)}.${book?.epoch}.${book?.seq},${client.sub(1)}.${epoch}.3`
  const back = await stage.come({ resume: `${ticket}~${positions}` }, undefined, client)
  await expectLevel(back, url)
})

conforms(['stream'], 'forged, cut and foreign tokens count for nothing, and hurt nobody', async (stage) => {
  const { token } = await away(stage)
  const [ticket, positions] = token.split('~') as [string, string]
  const forged = [
    `${ticket.slice(0, -9)}${ticket.at(-9) === 'A' ? 'B' : 'A'}${ticket.slice(-8)}~${positions}`,
    `${ticket}~`,
    ticket,
    `${ticket}~${'9.9.9,'.repeat(50)}`,
    `${ticket}~__proto__.1.1`,
    '~',
    'x'.repeat(5000),
  ]
  for (const resume of forged) {
    const client = await stage.come({ resume, subscribe: [BOOK] })
    const { resumed } = await client.next('welcome')
    for (const view of resumed ?? []) expect('recovered' in view && view.recovered).not.toBe(true)
  }
})

test.each(STREAMS)('$name: the message of a gateway that goes away carries the token', async (door) => {
  const gateway = await startGateway()
  const client = await Client.come(door, gateway.url, { subscribe: [BOOK] })
  await client.holds(gateway.url)
  const { epoch, seq } = client.book().place ?? {}
  const told = client.next('shutdown')
  const closing = gateway.close()
  expect(await told).toMatchObject({
    reconnectInMs: expect.any(Number),
    at: expect.any(Number),
    resume: expect.stringMatching(new RegExp(`~${client.sub()}\\.${epoch}\\.${seq}$`)),
  })
  // Any code but one that says to stay away; an event stream only ends.
  expect(await client.closed).toBe(door.name === 'sse' ? undefined : 4200)
  await closing
})
