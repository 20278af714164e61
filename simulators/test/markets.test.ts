import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { sim, spawned } from './run.ts'

const MAX = ['markets', '--speed', 'max'] as const

test('at top speed the same seed prints the same bytes, another seed others', async () => {
  const [first, second, other] = await Promise.all(
    ['7', '7', '8'].map((seed) => sim(...MAX, '--duration', '2s', '--seed', seed, '--json')),
  )
  expect(first?.code).toBe(0)
  expect(first?.out.length).toBeGreaterThan(10_000)
  expect(second?.out).toBe(first?.out)
  expect(other?.out).not.toBe(first?.out)
})

test('as JSON every line is an object: the instruments with their grids, then each book before its updates', async () => {
  const { out } = await sim(...MAX, '--duration', '1s', '--symbols', 'eth-btc,BTC-USD', '--json')
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.slice(0, 2)).toMatchObject([
    { kind: 'instrument', id: 'simulated:BTC-USD', tickSize: { text: '0.01' }, lotSize: { text: '0.00000001' } },
    { kind: 'instrument', id: 'simulated:ETH-BTC', tickSize: { text: '0.00001' } },
  ])
  const kinds = lines.filter((line) => line.instrument === 'simulated:BTC-USD').map((line) => line.kind)
  expect(kinds.slice(0, 3)).toEqual(['book-snapshot', 'status', 'ticker'])
  expect(kinds.filter((kind) => kind === 'book-delta').length).toBeGreaterThan(30)
  expect(new Set(lines.map((line) => line.instrument))).toEqual(
    new Set([undefined, 'simulated:BTC-USD', 'simulated:ETH-BTC']),
  )
})

test('only the kinds asked for are printed', async () => {
  const { out } = await sim(...MAX, '--duration', '5s', '--symbols', 'BTC-USD', '--kinds', 'trades', '--json')
  const kinds = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).kind)
  expect(new Set(kinds)).toEqual(new Set(['instrument', 'trade']))
})

test('trades from before the opening come only when asked for', async () => {
  const of = async (...args: readonly string[]) => {
    const { out } = await sim(
      ...MAX,
      '--duration',
      '10ms',
      '--symbols',
      'ADA-USD',
      '--kinds',
      'trades',
      '--json',
      ...args,
    )
    return out
      .trimEnd()
      .split('\n')
      .filter((line) => JSON.parse(line).backfilled === true).length
  }
  expect(await of()).toBe(0)
  expect(await of('--past')).toBeGreaterThan(1900)
})

test('for people every line has the time, the market, the best bid and ask, and what happened', async () => {
  const { out } = await sim(...MAX, '--duration', '5s', '--symbols', 'BTC-USD')
  const [heading = '', ...lines] = out.trimEnd().split('\n')
  expect(heading).toMatch(/^UTC +market +kind +best bid +best ask$/)
  const stamp = /^00:00:0\d\.\d{3} {2}BTC-USD {3}/
  const whats = [
    /^status +\d+\.\d\d +\d+\.\d\d +live$/,
    /^snapshot +\d+\.\d\d +\d+\.\d\d +\d+ bids, \d+ asks$/,
    /^delta +\d+\.\d\d +\d+\.\d\d +(?:(?:bid|ask) \d+\.\d\d (?:gone|\d[\d.]*)(?:, )?)+$/,
    /^trade +\d+\.\d\d +\d+\.\d\d +(?:buy|sell) +\d[\d.]* at \d+\.\d\d$/,
    /^ticker +\d+\.\d\d +\d+\.\d\d +last \d+\.\d\d, 24 h low \d+\.\d\d, high \d+\.\d\d, volume \d[\d.]*$/,
  ]
  for (const line of lines) expect(line).toMatch(stamp)
  const told = lines.map((line) => line.replace(stamp, ''))
  expect(told.filter((what) => !whats.some((pattern) => pattern.test(what)))).toEqual([])
  for (const pattern of whats)
    expect(
      told.some((what) => pattern.test(what)),
      String(pattern),
    ).toBe(true)
})

test('a reader who has seen enough, as with | head, ends it without a word', async () => {
  const child = spawned(...MAX)
  const err = text(child.stderr)
  const closed = once(child, 'close')
  await Promise.race([once(child.stdout, 'data'), closed])
  child.stdout.destroy()
  expect(await closed).toEqual([0, null])
  expect(await err).toBe('')
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it at once, after whole lines, without a word', async (signal) => {
  const child = spawned('markets', '--symbols', 'BTC-USD')
  const [out, err, closed] = [text(child.stdout), text(child.stderr), once(child, 'close')]
  await Promise.race([once(child.stdout, 'data'), closed])
  child.kill(signal)
  expect(await closed).toEqual([0, null])
  expect(await out).toMatch(/\n$/)
  expect(await err).toBe('')
})
