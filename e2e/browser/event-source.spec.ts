import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, type Page, test } from '@playwright/test'
import { adapted, exampleUnder } from '../test/fakes/examples.ts'
import { type Gateway, startGateway } from './gateway.ts'

const SYMBOL = 'simulated:ETH-BTC'
const EXAMPLE = adapted(exampleUnder('clients.md', 'EventSource', 'js'), { host: '', symbol: SYMBOL })

let gateway: Gateway
test.beforeAll(async () => {
  gateway = await startGateway(['--feed', 'simulated', '--symbols', 'ETH-BTC', '--seed', '3'])
})
test.afterAll(() => gateway.stop())

test('the EventSource of docs/clients.md gets an image and changes that add up to the gateway’s book', async ({
  page,
}) => {
  const said = listen(page)
  await page.goto(gateway.url)
  await page.evaluate(EXAMPLE)
  await expect.poll(() => said.length).toBeGreaterThan(2)
  expect(said.map(([type]) => type).slice(0, 3)).toEqual(['snapshot', 'update', 'update'])
  await expectBook(said)
})

test('a browser whose line was cut comes back by itself, with where it was, and has the book again', async ({
  page,
}) => {
  const line = await startLine(gateway.port)
  const said = listen(page)
  await page.goto(line.url)
  await page.evaluate(EXAMPLE)
  await expect.poll(() => said.length).toBeGreaterThan(2)
  line.cut()
  // What the page says next may still be of the line before.
  await expect.poll(() => line.heard()).toMatch(/^last-event-id: v1\.\S+~\d+\.\d+\.\d+\r$/im)
  await expectBook(said)
  await line.close()
})

type Pairs = readonly (readonly [price: string, quantity: string])[]
type Change = readonly [type: 'snapshot' | 'update', bids: Pairs, asks: Pairs]

/** What the example prints. */
function listen(page: Page): readonly Change[] {
  const said: Change[] = []
  page.on('console', (message) => {
    if (message.text().startsWith('["')) said.push(JSON.parse(message.text()) as Change)
  })
  return said
}

/** At some moment what was heard adds up to what HTTP says. */
async function expectBook(said: readonly Change[]): Promise<void> {
  await expect
    .poll(async () => {
      const response = await fetch(`${gateway.url}/v1/book/${SYMBOL}?depth=10`)
      const { bids, asks } = (await response.json()) as { readonly bids: Pairs; readonly asks: Pairs }
      return JSON.stringify(folded(said)) === JSON.stringify([bids, asks])
    })
    .toBe(true)
}

function folded(said: readonly Change[]): readonly [bids: Pairs, asks: Pairs] {
  const sides = [new Map<string, string>(), new Map<string, string>()] as const
  for (const [type, ...changes] of said) {
    for (const [index, side] of sides.entries()) {
      if (type === 'snapshot') side.clear()
      for (const [price, quantity] of changes[index] ?? []) {
        if (Number(quantity) === 0) side.delete(price)
        else side.set(price, quantity)
      }
    }
  }
  const [bids, asks] = sides.map((side) => [...side].sort(([a], [b]) => Number(a) - Number(b)))
  return [bids?.reverse() ?? [], asks ?? []]
}

/** A line to the gateway that can be cut, and that keeps what the browser said since it last was. */
async function startLine(port: number) {
  const sockets = new Set<Socket>()
  let heard = ''
  const server = createServer((browser) => {
    const beyond = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [browser, beyond],
      [beyond, browser],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy()).on('close', () => to.destroy())
      from.pipe(to)
    }
    browser.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    heard = ''
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: () => heard,
    cut,
    close() {
      cut()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
