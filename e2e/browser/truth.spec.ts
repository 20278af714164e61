import { connect, type TickerView } from '@depthcast/client'
import { fromTicks } from '@depthcast/market'
import { expect, type Page, test } from '@playwright/test'
import { type Gateway, startGateway } from './gateway.ts'
import { startReplay } from './replay.ts'
import { readRows, readTable } from './table.ts'
import { showing } from './workspace.ts'

// What is not a book: trades, candles, lists and the gateway's own figures. Books are compared in books, dashboard and heatmap.

type Bar = {
  readonly openTime: number
  readonly final: boolean
} & Readonly<Record<'open' | 'high' | 'low' | 'close' | 'volume', string>>

async function get<Body>(gateway: Gateway, path: string): Promise<Body> {
  const reply = await fetch(gateway.url + path)
  if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`)
  return (await reply.json()) as Body
}

/** Closed bars of the server by the time they opened at, as the chart's table has them, newest last. */
async function closedBars(gateway: Gateway, symbol: string): Promise<string[][]> {
  const { candles } = await get<{ candles: Bar[] }>(gateway, `/v1/candles/${symbol}?interval=1s&limit=50`)
  return candles
    .filter(({ final }) => final)
    .map(({ openTime, open, high, low, close, volume }) => [
      new Date(openTime / 1000).toISOString().slice(0, 19).replace('T', ' '),
      ...[open, high, low, close, volume],
    ])
}

const CHART = { kind: 'chart', options: { interval: '1s', indicators: [] } }

test.describe('of a recording that is over', () => {
  const SYMBOL = 'coinbase:BTC-USD'
  let gateway: Gateway
  test.beforeAll(async () => {
    gateway = await startReplay()
  })
  test.afterAll(() => gateway.stop())

  test('the tape has the newest trades as the server has them, at the same seq, and none is left out', async ({
    page,
  }) => {
    await page.goto(gateway.url + showing(['tape'], { '1': SYMBOL }))
    await expect(page.locator('#panel-tape-1')).toHaveAttribute('data-state', 'ended')
    type Trade = Readonly<Record<'price' | 'quantity' | 'side', string>> & { readonly exchangeTime: number }
    const served = await get<{ seq: number; trades: Trade[] }>(gateway, `/v1/trades/${SYMBOL}?limit=1000`)
    const rows = served.trades.map(({ price, quantity, side, exchangeTime }) => [
      new Date(exchangeTime / 1000).toISOString().slice(11, 23),
      side === 'buy' ? 'Buy' : 'Sell',
      ...[price, quantity],
    ])
    const shown = await readTable(page, 'tape-1')
    expect(shown).toMatchObject({ symbol: SYMBOL, seq: served.seq, columns: ['Time', 'Side', 'Price', 'Size'] })
    // Who comes late is told the last of them.
    expect(shown.rows.length).toBeGreaterThanOrEqual(50)
    expect(shown.rows).toEqual(rows.reverse().slice(0, shown.rows.length))
    expect(new Set(rows.map(([, side]) => side)).size, 'both sides were traded').toBe(2)
  })

  test('the chart has every closed bar that the server has', async ({ page }) => {
    await page.goto(gateway.url + showing([CHART], { '1': SYMBOL }))
    const served = await closedBars(gateway, SYMBOL)
    expect(served.length).toBeGreaterThan(20)
    await expect(async () => {
      const { columns, rows } = await readTable(page, 'chart-1')
      expect(columns.slice(1)).toEqual(['Open', 'High', 'Low', 'Close', 'Volume'])
      const closed = new Set(served.map(([time]) => time))
      expect(rows.filter(([time = '']) => closed.has(time)).reverse()).toEqual(served)
    }).toPass()
  })

  for (const kind of ['watch', 'market'] as const)
    test(`the ${kind} list has each instrument's figures as a client of the server has them`, async ({ page }) => {
      await page.setViewportSize({ width: 1440, height: 600 })
      await page.goto(gateway.url + showing([kind]))
      const client = connect(gateway.url)
      const symbols = (await client.instruments()).map(({ id }) => id)
      const tickers = symbols.map((symbol) => client.ticker(symbol))
      await expect.poll(() => tickers.every(({ current }) => current?.open24h !== undefined)).toBe(true)
      const expected = symbols.map((symbol, at) => [symbol, figuresOf(tickers[at]?.current as TickerView)])
      await expect(async () => {
        const rows = await readRows(page, `#panel-${kind}-1`, 'row')
        const shown = Object.entries(rows).map(([id, [, last, change, , bp, volume]]) => [
          id,
          [last, change, bp, volume],
        ])
        expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(expected))
      }).toPass()
      client.close()
    })

  test('the feeds panel has every source and instrument as the server has them', async ({ page }) => {
    await page.goto(gateway.url + showing(['feeds']))
    type Source = {
      readonly name: string
      readonly state: string
      readonly reconnects: number
      readonly errors: number
    }
    type Instrument = Readonly<Record<'id' | 'state' | 'verified', string>> &
      Readonly<Record<'seq' | 'resyncs', number>>
    const served = await get<{ feeds: Source[]; instruments: Instrument[] }>(gateway, '/v1/feeds')
    const count = (value: number): string => value.toLocaleString('en')
    const sources = served.feeds.map(({ name, state, reconnects, errors }) => [
      name,
      [name, state, count(reconnects), count(errors)],
    ])
    const instruments = served.instruments.map(({ id, state, seq, resyncs }) => [
      id,
      [id, state, count(resyncs), count(seq)],
    ])
    await expect(async () => {
      const panel = '#panel-feeds-1'
      const shownSources = Object.entries(await readRows(page, panel, 'source')).map(
        ([key, [name, state = '', , reconnects, errors]]) => [key, [name, state.slice(2), reconnects, errors]],
      )
      expect(shownSources).toEqual(sources)
      const shown = Object.entries(await readRows(page, panel, 'row')).map(
        ([key, [id, state = '', , , resyncs, seq]]) => [key, [id, state.slice(2), resyncs, seq]],
      )
      expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(instruments))
    }).toPass()
    expect(instruments.length).toBe(2)
  })

  test("the server panel has the gateway's own figures", async ({ page }) => {
    const clients = [connect(gateway.url), connect(gateway.url)]
    const followed = clients.map((client) => client.book(SYMBOL, { depth: 5 }))
    await expect.poll(() => followed.every(({ current }) => current !== undefined)).toBe(true)
    await page.goto(gateway.url + showing(['server']))
    type Report = {
      readonly clients: Readonly<Record<'total' | 'subscriptions' | 'held', number>> & {
        readonly doors: Readonly<Record<string, number>>
      }
      readonly views: Readonly<Record<'total' | 'degraded' | 'floorMs', number>>
    }
    await expect(async () => {
      const { clients, views } = await get<Report>(gateway, '/v1/server')
      // Two clients that follow one view, and the page.
      expect(clients.total).toBe(3)
      const doors = Object.entries(clients.doors)
        .flatMap(([door, count]) => (count > 0 ? [`${door} ${count}`] : []))
        .join(' · ')
      expect(await figure(page, 'Clients')).toEqual([String(clients.total), doors])
      // A busy machine has its views slowed, and the panel has to say that too.
      const { total, degraded, floorMs } = views
      const slowed = degraded === 0 ? '' : ` · ${degraded} slowed to ${floorMs} ms`
      expect(await figure(page, 'Views')).toEqual([
        `${degraded === 0 ? '' : '!'}${total}`,
        `${clients.subscriptions} held${slowed}`,
      ])
      expect(await figure(page, 'Slow clients')).toEqual([String(clients.held), 'nobody waits'])
    }).toPass()
    for (const client of clients) client.close()
  })
})

test.describe('of a market that goes on', () => {
  const SYMBOL = 'simulated:BTC-USD'
  let gateway: Gateway
  test.beforeAll(async () => {
    gateway = await startGateway(['--feed', 'simulated', '--symbols', 'BTC-USD', '--seed', '5'])
  })
  test.afterAll(() => gateway.stop())

  test('bars that closed on the open page are those of the server', async ({ page }) => {
    await page.goto(gateway.url + showing([CHART], { '1': SYMBOL }))
    const first = await readTable(page, 'chart-1')
    const since = first.rows[0]?.[0] ?? ''
    await expect(async () => {
      const { rows } = await readTable(page, 'chart-1')
      const served = new Map((await closedBars(gateway, SYMBOL)).map((bar) => [bar[0], bar]))
      // The newest may be closed at the server and not yet here.
      const closed = rows.slice(1).filter(([time = '']) => time > since)
      expect(closed.length).toBeGreaterThanOrEqual(3)
      expect(closed).toEqual(closed.map(([time]) => served.get(time)))
    }).toPass()
  })
})

/** Last price, change, spread in basis points and turnover, from integers as far as they go. */
function figuresOf({ instrument, last = 0, open24h = 0, bid = 0, ask = 0, volume24h = 0 }: TickerView): string[] {
  const { tickSize, lotSize } = instrument
  const [whole = '', fraction = ''] = fromTicks(last as never, tickSize).split('.')
  const price = [Number(whole).toLocaleString('en'), fraction].filter(Boolean).join('.')
  const percent = (last / open24h - 1) * 100
  const sign = percent > 0 ? '▲ +' : '▼ \u2212'
  const unit = (lots: number): number => (lots * lotSize.coefficient) / 10 ** lotSize.decimals
  const turnover = (unit(volume24h) * last * tickSize.coefficient) / 10 ** tickSize.decimals
  return [
    price,
    `${sign}${Math.abs(percent).toFixed(2)}%`,
    (((ask - bid) / (ask + bid)) * 20_000).toFixed(2),
    `${(turnover / 1e6).toFixed(1)}M`,
  ]
}

async function figure(page: Page, name: string): Promise<string[]> {
  const tile = page.locator(`#panel-server-1 [data-figure="${name}"]`)
  const texts = await Promise.all(['.value', '.more'].map((part) => tile.locator(part).textContent()))
  return texts.map((text) => text?.trim() ?? '')
}
