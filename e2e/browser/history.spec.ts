import { expect, type Page, test } from '@playwright/test'
import { type Gateway, startGateway } from './gateway.ts'
import { readTable } from './table.ts'
import { type EmulatedVenue, startVenue } from './venue.ts'
import { showing } from './workspace.ts'

// Two days of minutes: more than a gateway holds, fetched from the venue as someone looks back.

type Candle = { readonly openTime: number; readonly final: boolean } & Readonly<
  Record<'open' | 'high' | 'low' | 'close' | 'volume', string>
>
type Answer = { readonly candles: readonly Candle[]; readonly more: boolean; readonly next?: number }

const PAST_HOURS = 48
/** Of the two hundred bars and more that are in sight of a chart that has them. */
const FILLED = 150
const CHART = { kind: 'chart', options: { interval: '1m', indicators: [] } }

let venue: EmulatedVenue | undefined
let gateway: Gateway

async function begin(name: 'binance' | 'coinbase'): Promise<string> {
  venue = await startVenue(name, { symbols: 'BTC-USD', pastHours: PAST_HOURS })
  gateway = await startGateway(['--feed', name, '--venue-url', venue.url, '--symbols', 'BTC-USD'])
  return `${name}:BTC-USD`
}

test.afterEach(async () => {
  await gateway.stop()
  await venue?.stop()
})

async function get(symbol: string, query: string): Promise<Answer> {
  const reply = await fetch(`${gateway.url}/v1/candles/${symbol}?interval=1m&${query}`)
  if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`)
  return (await reply.json()) as Answer
}

/** All there is of it, by pages of this size, as rows of the chart’s table; oldest first. */
async function whole(symbol: string, limit: number): Promise<string[][]> {
  const candles: Candle[] = []
  let before = ''
  for (;;) {
    const page = await get(symbol, `limit=${limit}${before}`)
    candles.unshift(...page.candles)
    if (page.next === undefined) break
    before = `&before=${page.next}`
  }
  return candles
    .filter(({ final }) => final)
    .map(({ openTime, open, high, low, close, volume }) => [
      new Date(openTime / 1000).toISOString().slice(0, 19).replace('T', ' '),
      ...[open, high, low, close, volume],
    ])
}

/** Moves the chart to the right by a third or so, and what is further left comes into sight. */
async function lookBack(page: Page): Promise<void> {
  const box = await page.locator('#panel-chart-1 .chart').boundingBox()
  if (box === null) throw new Error('no chart')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 3)
  await page.mouse.wheel(-box.width * 0.4, 0)
}

for (const name of ['binance', 'coinbase'] as const)
  test(`a chart of ${name} scrolls back to where its history begins, and every bar is the server’s`, async ({
    page,
  }) => {
    test.setTimeout(240_000)
    const symbol = await begin(name)
    // The gateway has the minutes of the past, and the minute in which it began is over.
    await expect(async () => {
      expect((await get(symbol, 'limit=1500')).candles.length).toBeGreaterThan(200)
    }).toPass({ timeout: 60_000 })
    await page.goto(gateway.url + showing([CHART], { '1': symbol }))
    await expect(page.locator('#panel-chart-1 .legend')).toBeVisible()
    const start = page.locator('#panel-chart-1 .start')
    const seen = new Map<string, string[]>()
    let [newest, count] = ['', 0]
    const note = async (): Promise<void> => {
      const { rows } = await readTable(page, 'chart-1')
      for (const row of rows) seen.set(row[0] ?? '', [...row])
      ;[newest, count] = [rows[0]?.[0] ?? '', rows.length]
    }
    /** One step, and the table of it once bars are there: what was read a moment ago is that of the step before. */
    const step = async (): Promise<void> => {
      await lookBack(page)
      const before = newest
      await expect(async () => {
        await note()
        expect(newest).not.toBe(before)
        if (!(await start.isVisible())) expect(count).toBeGreaterThan(FILLED)
      }).toPass({ timeout: 30_000, intervals: [20, 50, 100] })
    }
    await note()
    await expect(async () => {
      await step()
      await expect(start).toHaveText('No older bars', { timeout: 100 })
    }).toPass({ timeout: 180_000, intervals: [100] })
    const served = await whole(symbol, 700)
    expect(served.length).toBeGreaterThan(1_500)
    // However it is paged.
    expect((await whole(symbol, 333)).slice(0, served.length)).toEqual(served)
    const oldest = served[0]?.[0] ?? ''
    for (let left = 8; left > 0 && !seen.has(oldest); left -= 1) await step()
    // The newest closed since, or is open on the chart.
    const shown = [...seen.values()].sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
    const last = served.at(-3)?.[0] ?? ''
    const missing = served.filter(([time = '']) => time <= last && !seen.has(time)).map(([time]) => time)
    expect(missing, 'bars that the chart never showed').toEqual([])
    expect(shown.filter(([time = '']) => time <= last)).toEqual(served.filter(([time = '']) => time <= last))
  })
