import { afterEach, expect, test, vi } from 'vitest'
import { stage } from './fakes/engine-stage.ts'
import { eventually } from './fakes/eventually.ts'

afterEach(() => vi.unstubAllGlobals())

/** A page before a gateway that lists these, and beats when the test says. */
async function opened(bases: readonly string[], seen: (bases: readonly string[]) => readonly string[] = (all) => all) {
  let listed = bases
  let asked = 0
  vi.stubGlobal('fetch', async () => {
    asked += 1
    return Response.json(seen(listed).map((base) => ({ base })))
  })
  const { start, gateway, clock, last } = stage()
  const told = () => last('instruments')?.instruments.map(({ base }) => base)
  await start()
  await eventually(() => expect(told()).toBeDefined())
  return {
    told,
    asked: () => asked,
    list: (others: readonly string[]) => (listed = others),
    async beat(): Promise<void> {
      gateway.send('heartbeat', { serverTime: 1, n: 1, listed: listed.length })
      await gateway.settle()
      clock.advance(1000)
      await new Promise(setImmediate)
    },
  }
}

test('an instrument that the gateway lists while the page is open is told with the next heartbeat', async () => {
  const page = await opened(['BTC', 'ETH'])
  await page.beat()
  expect(page.told()).toEqual(['BTC', 'ETH'])
  page.list(['BTC', 'ETH', 'XRP'])
  await page.beat()
  await eventually(() => expect(page.told()).toEqual(['BTC', 'ETH', 'XRP']))
})

test('while the gateway lists the same it is asked once', async () => {
  const page = await opened(['BTC', 'ETH'])
  for (let beats = 0; beats < 5; beats += 1) await page.beat()
  expect(page.asked()).toBe(1)
})

test('one who may see only some of what is listed does not ask again and again', async () => {
  const page = await opened(['BTC', 'ETH', 'XRP'], (all) => all.slice(0, 1))
  for (let beats = 0; beats < 5; beats += 1) await page.beat()
  expect(page.asked()).toBeLessThanOrEqual(2)
  expect(page.told()).toEqual(['BTC'])
})
