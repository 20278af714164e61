import { expect, test } from 'vitest'
import {
  ageWords,
  budgetWords,
  checkWords,
  chosenRows,
  feedsTable,
  gatewayNow,
  isInTrouble,
  nextFeedSort,
  venuesOf,
} from '../src/state/ops-feeds.ts'
import { KEPT_MS, linePath, type Sample, withReport } from '../src/state/ops-series.ts'
import { bytesWords, serverTable } from '../src/state/ops-server.ts'
import { describePolled } from '../src/state/ops-words.ts'
import { feedsReport, health, NOON_US, serverReport } from './fakes/ops-reports.ts'

const ROWS = [
  health('kraken:BTC-USD', { resyncs: 3 }),
  health('kraken:ETH-USD', { state: 'stale', heardAt: NOON_US - 90_000_000 }),
  health('binance:BTC-USDT', { state: 'quiet', verified: 'sequence', heardAt: NOON_US - 14_000_000, resyncs: 1 }),
  health('binance:NEW-USDT', { state: 'connecting', isValid: false, seq: 0 }),
  health('coinbase:BTC-USD', { state: 'resyncing', isValid: false, verifiedAt: NOON_US - 5_000_000 }),
].map((row) => {
  if (row.id !== 'binance:NEW-USDT') return row
  const { heardAt: _heardAt, verifiedAt: _verifiedAt, ...unheard } = row
  return unheard
})
const REPORT = feedsReport(ROWS)
const ANY = { venue: '', only: 'all', sort: 'name', down: false } as const

function ids(choice: Partial<Parameters<typeof chosenRows>[1]>): string[] {
  return chosenRows(REPORT, { ...ANY, ...choice }, NOON_US).map(({ id }) => id)
}

test('the worst state stands first, and what nobody knows last, whichever way the rest is turned', () => {
  expect(ids({ sort: 'state', down: true })).toEqual([
    'coinbase:BTC-USD',
    'kraken:ETH-USD',
    'binance:NEW-USDT',
    'binance:BTC-USDT',
    'kraken:BTC-USD',
  ])
  expect(ids({ sort: 'age', down: true })[0]).toBe('kraken:ETH-USD')
  expect(ids({ sort: 'age', down: true }).at(-1)).toBe('binance:NEW-USDT')
  expect(ids({ sort: 'age', down: false }).at(-1)).toBe('binance:NEW-USDT')
  expect(ids({ sort: 'resyncs', down: true }).slice(0, 2)).toEqual(['kraken:BTC-USD', 'binance:BTC-USDT'])
  // Among equals the name decides.
  expect(ids({ sort: 'resyncs', down: true }).slice(2)).toEqual([
    'binance:NEW-USDT',
    'coinbase:BTC-USD',
    'kraken:ETH-USD',
  ])
})

test('of one venue, or of those in trouble, only those are shown', () => {
  expect(ids({ venue: 'kraken' })).toEqual(['kraken:BTC-USD', 'kraken:ETH-USD'])
  // One that is on its way, and one that rests, are in no trouble.
  expect(ids({ only: 'trouble' })).toEqual(['coinbase:BTC-USD', 'kraken:ETH-USD'])
  expect(ROWS.filter(isInTrouble)).toHaveLength(2)
  expect(venuesOf(REPORT)).toEqual(['binance', 'coinbase', 'kraken'])
  expect(venuesOf(undefined)).toEqual([])
})

test('a column that is clicked again is turned round, and another begins with its worst', () => {
  expect(nextFeedSort({ sort: 'age', down: true }, 'age')).toEqual({ sort: 'age', down: false })
  expect(nextFeedSort({ sort: 'age', down: false }, 'resyncs')).toEqual({ sort: 'resyncs', down: true })
  expect(nextFeedSort({ sort: 'age', down: true }, 'name')).toEqual({ sort: 'name', down: false })
})

test('ages count by the gateway’s clock, and go on between two looks, whatever the page’s clock says', () => {
  const pageThen = 1_000
  const now = gatewayNow({ report: REPORT, takenAt: pageThen }, pageThen + 2_500)
  expect(ageWords(NOON_US - 200_000, now)).toBe('2.7 s')
  expect(ageWords(NOON_US - 11_500_000, now)).toBe('14 s')
  // An event of the moment is no age below nought, and what never happened has none.
  expect(ageWords(now + 5_000, now)).toBe('0.0 s')
  expect(ageWords(undefined, now)).toBe('—')
  expect(ageWords(0, now)).toBe('—')
  expect(ageWords(NOON_US, gatewayNow({}, pageThen))).toBe('—')
})

test('what was checked and what is left is said in few words', () => {
  const [kraken, binance] = REPORT.feeds
  if (kraken === undefined || binance === undefined) throw new Error('no sources')
  expect([checkWords(kraken), budgetWords(kraken)]).toEqual(['1,210 ✓ · 2 ✕', '149 connects left'])
  expect([checkWords(binance), budgetWords(binance)]).toEqual(['—', '—'])
  expect(budgetWords({ ...kraken, bufferedUpdates: 12 })).toBe('149 connects left · 12 updates waiting')
})

test('the rows are offered as they are shown, with the whole numbers', () => {
  const table = feedsTable(chosenRows(REPORT, { ...ANY, venue: 'binance' }, NOON_US))
  expect(table.rows).toEqual([
    [
      'binance:BTC-USDT',
      'quiet',
      '',
      'sequence',
      String(NOON_US - 400_000),
      String(NOON_US - 14_000_000),
      '7',
      '1204881',
      '1',
    ],
    ['binance:NEW-USDT', 'connecting', '', 'checksum', '', '', '7', '0', '0'],
  ])
})

test('two reports make rates over the time between them', () => {
  const first = serverReport()
  const totals = { ...first.totals, bytes: first.totals.bytes + 44_000, encodes: first.totals.encodes + 300 }
  const [, sample] = reported(first, serverReport({ at: NOON_US + 2_000_000, totals, cpuMs: first.cpuMs + 500 }))
  expect(sample?.rates).toMatchObject({ bytes: 22_000, encodes: 150, frames: 0 })
  expect(sample?.cpu).toBe(25)
})

test('a gateway that was started again has no rate over the restart, and none below nought', () => {
  const after = serverReport({ at: NOON_US + 1_000_000, startedAt: NOON_US + 500_000, totals: zeroes() })
  const samples = reported(serverReport(), after, serverReport({ ...after, at: NOON_US + 2_000_000 }))
  expect(samples.map(({ rates }) => rates?.bytes)).toEqual([undefined, undefined, 0])
})

test('the same report is one sample, what is older than five minutes goes, and a clock set back leaves no future', () => {
  expect(reported(serverReport(), serverReport())).toHaveLength(1)
  const late = serverReport({ at: NOON_US + (KEPT_MS + 1) * 1000 })
  expect(reported(serverReport(), late)).toHaveLength(1)
  const back = reported(serverReport(), serverReport({ at: NOON_US - 60_000_000 }))
  expect(back.map(({ rates }) => rates)).toEqual([undefined])
})

test('the line has the newest at its right edge and the highest at its top, and is broken where nobody looked', () => {
  const at = (seconds: number, total: number) =>
    serverReport({ at: NOON_US + seconds * 1e6, clients: { ...serverReport().clients, total } })
  const samples = reported(at(0, 2), at(1, 4), at(60, 1), at(61, 0))
  const clients = ({ report }: Sample) => report.clients.total
  expect(linePath(samples, clients, { width: 610, height: 20 })).toBe('M0.0 10.0L10.0 0.0M600.0 15.0L610.0 20.0')
  // Less than a minute is drawn as the end of one.
  expect(linePath(samples.slice(0, 2), clients, { width: 600, height: 20 })).toBe('M590.0 10.0L600.0 0.0')
  expect(linePath(samples, () => undefined, { width: 300, height: 20 })).toBe('')
  expect(linePath(samples.slice(-1), () => 0, { width: 300, height: 20 })).toBe('M300.0 20.0')
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_500, '1.5 KB'],
  [84_200_000, '84.2 MB'],
  [2_300_000_000, '2.3 GB'],
  [Number.NaN, '—'],
])('%d bytes are %s', (bytes, words) => {
  expect(bytesWords(bytes)).toBe(words)
})

test('every sample is offered, and an unknown rate is nothing, not nought', () => {
  const { columns, rows } = serverTable(reported(serverReport(), serverReport({ at: NOON_US + 1_000_000 })))
  expect(rows.map((row) => row.length)).toEqual([columns.length, columns.length])
  const bytes = columns.indexOf('Bytes/s')
  expect(rows.map((row) => [row[0], row[bytes]])).toEqual([
    ['2026-01-01T12:00:00.000Z', ''],
    ['2026-01-01T12:00:01.000Z', '0.0'],
  ])
})

test('a panel says that it asks, that it was refused, and since when its figures are old', () => {
  const now = Date.UTC(2026, 0, 1, 12, 4, 9)
  expect(describePolled({}, now)).toMatchObject({ tone: 'busy', text: 'asking…' })
  expect(describePolled({ report: 1, takenAt: now }, now, '48')).toEqual({ tone: 'calm', glyph: '✓', text: '48' })
  const refused = { kind: 'refused', code: 401, reason: 'missing: no token' } as const
  expect(describePolled({ trouble: refused }, now)).toMatchObject({
    tone: 'error',
    text: 'refused (401): missing: no token',
  })
  const unreachable = { kind: 'unreachable', since: now - 500, reason: 'silent', retryAt: now + 1500 } as const
  expect(describePolled({ report: 1, takenAt: now - 1000, trouble: unreachable }, now)).toMatchObject({
    tone: 'warn',
    text: 'stale since 12:04:08 · retry in 2 s',
  })
})

function reported(...reports: readonly ReturnType<typeof serverReport>[]): readonly Sample[] {
  return reports.reduce<readonly Sample[]>(withReport, [])
}

function zeroes() {
  return { events: 0, encodes: 0, frames: 0, writes: 0, bytes: 0, merged: 0, slowMarks: 0, lost: 0, faults: 0 }
}
