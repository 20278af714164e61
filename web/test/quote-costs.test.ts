import { expect, onTestFinished, test, vi } from 'vitest'
import { cell } from '../src/state/cell.ts'
import { quoteCostsOf, readCosts, shareOf } from '../src/state/quote-costs.ts'
import { quotesFacts, quotesJson } from '../src/state/quote-facts.ts'
import { SYMBOL, stage } from './fakes/engine-stage.ts'

const OTHER = 'test:ETH-USD'

/** The engine follows two quotes, one of them together with the header; each answer is read as the page does, a second after the one before. */
async function watching() {
  const on = stage()
  await on.start()
  on.tell({ kind: 'watch', symbols: [SYMBOL, OTHER], ratesMs: [250, 1000] })
  await on.gateway.settle()
  let costs: ReturnType<typeof readCosts> = new Map()
  const users = new Map([
    [SYMBOL, new Set(['page', 'watch-1'])],
    [OTHER, new Set(['watch-1'])],
  ])
  const usersOf = (symbol: string): ReadonlySet<string> => users.get(symbol) ?? new Set()
  return {
    ...on,
    usersOf,
    get costs() {
      return costs
    },
    of: (who: string) => ({
      desk: { quoteUsers: usersOf, workspace: { panels: {} }, connection: { value: undefined } } as never,
      who,
      costs,
      now: on.clock.now(),
    }),
    async quote(symbol: string, seq: number, merged: number, bytes: number): Promise<void> {
      const { serverTime } = on.gateway
      const body = { sub: on.gateway.sub('ticker', symbol), seq, merged, serverTime, bid: 1, ask: 2, last: 1 }
      on.gateway.send('ticker', body, bytes)
      await on.gateway.settle()
    },
    async look(): Promise<void> {
      on.posted.length = 0
      on.tell({ kind: 'quote-costs', request: 1 })
      await expect.poll(() => on.last('quote-costs')).toBeDefined()
      const { symbols, costs: values } = on.last('quote-costs') ?? {}
      if (symbols === undefined || values === undefined) throw new Error('no costs')
      costs = readCosts(symbols, values, costs, 1000)
    },
  }
}

test('a quote that two need costs each its half, and all of them together what came', async () => {
  const on = await watching()
  await on.look()
  await on.quote(SYMBOL, 1, 1, 100)
  await on.quote(SYMBOL, 15, 14, 60)
  await on.quote(OTHER, 1, 1, 90)
  await on.look()
  const [page, watch] = ['page', 'watch-1'].map((who) => shareOf(who, on.costs, on.usersOf))
  expect(page).toMatchObject({ bytesPerSecond: 80, bytes: 80, merged: 7.5, shared: 1 })
  expect(watch).toMatchObject({ bytesPerSecond: 170, bytes: 170, merged: 16 / 3, shared: 1 })
  expect([...(watch?.others ?? [])]).toEqual(['page'])
  expect(shareOf('market-1', on.costs, on.usersOf)).toMatchObject({ bytesPerSecond: 0, bytes: 0, shared: 0 })
})

test('a quote that is asked for anew counts from nothing, and never below it', async () => {
  const on = await watching()
  await on.quote(SYMBOL, 1, 1, 1000)
  await on.look()
  on.tell({ kind: 'watch', symbols: [OTHER], ratesMs: [1000] })
  on.tell({ kind: 'watch', symbols: [SYMBOL], ratesMs: [250] })
  await on.gateway.settle()
  await on.look()
  expect(shareOf('page', on.costs, on.usersOf)).toMatchObject({ bytesPerSecond: 0, bytes: 0 })
})

test('a list’s receipt says what a quote is, from when the newest and the oldest are, and that nothing proves it', async () => {
  const on = await watching()
  await on.quote(SYMBOL, 41, 41, 100)
  await on.pass(14)
  await on.quote(OTHER, 7, 7, 100)
  on.clock.advance(200)
  await on.look()
  const facts = new Map(quotesFacts(on.of('watch-1')).map((fact) => [fact.name, fact]))
  expect(facts.get('Age')?.value).toBe('newest 0.2 s ago · oldest 14 s ago')
  expect(facts.get('Newest')?.value).toBe(`${OTHER}, seq 7: how many source updates it counts`)
  expect(facts.get('Proof')).toMatchObject({ isDoubt: true, value: expect.stringContaining('no checksum') })
  expect(facts.get('Venue’s time')?.value).toBe('the venue sends none')
  expect(facts.get('Cost')?.value).toContain('1 of 2 shared evenly with Header and titles')
  expect(JSON.parse(quotesJson(on.of('watch-1')))).toMatchObject({
    view: { channel: 'ticker' },
    proof: null,
    quotes: [
      { symbol: SYMBOL, seq: 41, exchangeTime: null },
      { symbol: OTHER, seq: 7 },
    ],
  })
})

test('a list of which nothing is in sight says that nothing is asked for', async () => {
  const on = await watching()
  await on.look()
  expect(quotesFacts(on.of('market-1'))).toEqual([
    { name: 'Quotes', value: 'none is asked for: nothing of it is in sight' },
  ])
})

test('reports, quotes and what keeps the connection add up to all that came', async () => {
  const on = await watching()
  await on.open('tape', { rateMs: 200 })
  on.gateway.trades(SYMBOL, { seq: 1, trades: [['1', 126_285, 5, 1, on.gateway.serverTime]] })
  await on.quote(SYMBOL, 1, 1, 70)
  on.gateway.status(SYMBOL, 'live')
  on.gateway.send('heartbeat', { serverTime: 1, n: 1 }, 30)
  await on.gateway.settle()
  await on.look()
  on.clock.advance(1000)
  const { downstream } = on.last('connection') ?? {}
  const reports = on.last('panels')?.reports ?? []
  const panels = reports.reduce((sum, { bytes }) => sum + bytes, 0)
  const quotes = ['page', 'watch-1'].reduce((sum, who) => sum + shareOf(who, on.costs, on.usersOf).bytes, 0)
  // The welcome, the state of the instrument, the heartbeat.
  expect([panels, quotes, downstream?.ownBytes]).toEqual([100, 70, 50 + 100 + 30])
  expect(panels + quotes + (downstream?.ownBytes ?? 0)).toBe(downstream?.bytes)
})

test('a paused page is asked twice more, for what still came and for nothing, and then not before it goes on', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const paused = cell(false)
  let asked = 0
  const ask = () => {
    asked += 1
    return Promise.resolve({ symbols: [], costs: new Float64Array() })
  }
  const stop = quoteCostsOf({ ask, paused } as never).follow()
  await vi.advanceTimersByTimeAsync(3000)
  expect(asked).toBe(4)
  paused.set(true)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toBe(6)
  paused.set(false)
  await vi.advanceTimersByTimeAsync(2000)
  expect(asked).toBe(8)
  stop()
  await vi.advanceTimersByTimeAsync(5000)
  expect(asked).toBe(8)
})
