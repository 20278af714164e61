import { expect, type Page, test } from '@playwright/test'
import { type Gateway, startGateway } from './gateway.ts'
import { showing } from './workspace.ts'

let gateway: Gateway
test.beforeAll(async () => {
  gateway = await startGateway(['--feed', 'simulated', '--symbols', 'BTC-USD,ETH-USD,ETH-BTC'])
})
test.afterAll(() => gateway.stop())

const WITHIN = 0.02
/** What is under way at the end of the count is next to nothing beside that. */
const COUNTED_BYTES = 80_000
const DATA = ['chart-1', 'ladder-1', 'depth-1', 'tape-1', 'heatmap-1', 'watch-1', 'market-1'] as const

type Wire = { readonly bytes: number }

/** Counts the payload of every frame that the browser received over the engine's socket, which is its worker's. */
async function countFrames(page: Page): Promise<Wire> {
  const session = await page.context().newCDPSession(page)
  const wire = { bytes: 0 }
  let lastId = 0
  session.on('Target.attachedToTarget', async ({ sessionId, targetInfo }) => {
    const tell = (method: string): Promise<unknown> =>
      session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id: ++lastId, method }) })
    if (targetInfo.type === 'worker') await tell('Network.enable')
    await tell('Runtime.runIfWaitingForDebugger')
  })
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { method, params } = JSON.parse(message) as Event
    if (method !== 'Network.webSocketFrameReceived') return
    const { opcode, payloadData } = params.response
    wire.bytes += Buffer.byteLength(payloadData, opcode === BINARY ? 'base64' : 'utf8')
  })
  // From the socket's first frame on: the worker waits until it is watched.
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: false })
  return wire
}

type Event = {
  readonly method?: string
  readonly params: { readonly response: { readonly opcode: number; readonly payloadData: string } }
}
const BINARY = 2

/** What the page says came so far, by whose it is. */
async function told(page: Page): Promise<ReadonlyMap<string, number>> {
  const rows = await page.locator('#waterfall tr[data-cost]').evaluateAll((found) =>
    (found as HTMLTableRowElement[]).map((row): [string, number] => {
      const [, , bytes] = [...row.cells].map((cell) => cell.textContent ?? '')
      return [row.dataset.cost ?? '', Number(bytes?.replaceAll(',', ''))]
    }),
  )
  return new Map(rows)
}

test('what the panels say they cost, with what keeps the connection, is what the network counts to two in a hundred', async ({
  page,
}) => {
  await page.setViewportSize({ width: 1800, height: 900 })
  const wire = await countFrames(page)
  const chart = { kind: 'chart', options: { interval: '1s', certificate: true } }
  const others = DATA.slice(1).map((id) => id.slice(0, -2))
  await page.goto(gateway.url + showing([chart, ...others, 'alerts', 'feeds']))
  for (const id of DATA.slice(0, 5))
    await expect(page.locator(`#panel-${id}`)).toHaveAttribute('data-state', /live|quiet/)
  await page.locator('footer .meters').click()
  await expect.poll(async () => (await told(page)).get('all') ?? 0, { timeout: 60_000 }).toBeGreaterThan(COUNTED_BYTES)
  // Nothing flows but what keeps the connection: all that was counted is told.
  await page.getByRole('button', { name: /Pause/ }).first().click()
  await expect(async () => {
    const costs = await told(page)
    for (const id of DATA) expect(costs.get(id) ?? 0, id).toBeGreaterThan(0)
    const whose = [...costs].filter(([who]) => who !== 'all' && who !== 'closed')
    const sum = whose.reduce((all, [, bytes]) => all + bytes, 0)
    expect(Math.abs(sum - wire.bytes) / wire.bytes, `${sum} told of ${wire.bytes}`).toBeLessThan(WITHIN)
    expect(Math.abs((costs.get('all') ?? 0) - wire.bytes) / wire.bytes).toBeLessThan(WITHIN)
    // Most of it is the panels': what keeps the connection does not make up for what they forget.
    expect(costs.get('connection')).toBeLessThan(wire.bytes / 4)
  }).toPass()
})
