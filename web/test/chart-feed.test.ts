import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MOST_BARS, SplitBars } from '../src/chart/bars.ts'
import { ChartFeed, type PastState } from '../src/chart/chart-feed.ts'
import type { History } from '../src/chart/history.ts'
import type { Bar } from '../src/engine/messages.ts'
import type { Desk } from '../src/state/desk.ts'
import { eventually } from './fakes/eventually.ts'

const MINUTE = 60_000
type Heard = Parameters<Parameters<Desk['followBars']>[1]>[0]

function bar(minute: number): Bar {
  return {
    time: minute * MINUTE,
    open: minute,
    high: minute,
    low: minute,
    close: minute,
    volume: 1,
    rev: 1,
    final: true,
  }
}

/** A gateway with the bars of some minutes, the page that asks it, and what is on the chart. */
class Stage {
  readonly bars = new SplitBars()
  readonly minutes: number[]
  readonly asked: (number | undefined)[] = []
  past: PastState | undefined
  /** How many bars a page has at most, whatever was asked for; and whether it answers. */
  most = Number.POSITIVE_INFINITY
  /** How many pages from now on have none. */
  empty = 0
  failing: { readonly retryAfterMs?: number } | undefined
  readonly feed: ChartFeed
  #hear: (heard: Heard) => void = () => {}

  constructor(minutes: Iterable<number>) {
    this.minutes = [...minutes]
    const { bars } = this
    this.feed = new ChartFeed({
      desk: {
        followBars: (_of: unknown, hear: (heard: Heard) => void) => {
          this.#hear = hear
          return () => {}
        },
        send: () => {},
      } as unknown as Desk,
      panel: 'chart-1',
      symbol: 'a:B-C',
      interval: '1m',
      options: { rateMs: 200, visible: true, certificate: false },
      chart: {
        get bars() {
          return bars.all
        },
        load: (more) => void bars.merge(more),
        follow: (more) => {
          for (const one of more) bars.add(one)
        },
        setProofs: () => {},
        clear: () => bars.clear(),
      },
      onPast: (state) => {
        this.past = state
      },
      fetchPast: async (_symbol, _interval, limit, { before } = {}): Promise<History> => {
        this.asked.push(before)
        await Promise.resolve()
        if (this.failing) return { kind: 'failed', reason: 'no history (502)', ...this.failing }
        const end = before === undefined ? Number.POSITIVE_INFINITY : before / MINUTE
        const all = this.minutes.filter((minute) => minute < end)
        const most = this.empty-- > 0 ? 0 : Math.min(limit, this.most)
        const page = all.slice(Math.max(0, all.length - most))
        const next = page.length < all.length ? (page[0] ?? end - 7) * MINUTE : undefined
        return { kind: 'loaded', bars: page.map(bar), next }
      },
    })
  }

  /** What was asked is answered. */
  async settle(): Promise<void> {
    await eventually(() => expect(this.past?.kind).not.toBe('loading'))
  }

  async more(): Promise<void> {
    this.feed.more()
    await this.settle()
  }

  /** Bars come as they close; with `reset` the last of them, whatever was told before. */
  say(minutes: readonly number[], reset = false): void {
    this.minutes.push(...minutes.filter((minute) => !this.minutes.includes(minute)))
    this.#hear({ reset, isOther: false, bars: minutes.map(bar), proofs: [] } as unknown as Heard)
  }

  get shown(): number[] {
    return this.bars.all.map(({ time }) => time / MINUTE)
  }
}

const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => from + n)

test('whoever looks back page by page sees every bar once, whatever a page has, also while new bars close', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 1_500 }),
      fc.array(fc.record({ most: fc.integer({ min: 0, max: 500 }), closed: fc.integer({ min: 0, max: 3 }) }), {
        minLength: 1,
      }),
      async (gaps, turns) => {
        let minute = 10_000
        const stage = new Stage(gaps.map((gap) => (minute += gap)))
        await stage.settle()
        for (let turn = 0; turn < 400 && !(stage.past?.kind === 'loaded' && stage.past.end === 'start'); turn++) {
          const { most, closed } = turns[turn % turns.length]!
          stage.most = turn > 100 ? 500 : most
          stage.feed.more()
          stage.say(upTo(closed, (stage.minutes.at(-1) ?? 0) + 1))
          await stage.settle()
        }
        expect(stage.shown).toEqual(stage.minutes)
        expect(stage.past).toEqual({ kind: 'loaded', end: 'start' })
        const { length } = stage.asked
        await stage.more()
        expect(stage.asked).toHaveLength(length)
      },
    ),
    { numRuns: 60 },
  )
})

test('a chart holds so many bars and says so; the newest stay, and what is dropped as they grow is fetched again', async () => {
  const stage = new Stage(upTo(9_000))
  await stage.settle()
  for (let turn = 0; turn < 30; turn++) await stage.more()
  expect(stage.past).toEqual({ kind: 'loaded', end: 'full' })
  expect(stage.bars.length).toBeLessThanOrEqual(MOST_BARS)
  expect(stage.shown.at(-1)).toBe(8_999)
  for (let minute = 9_000; minute < 9_300; minute++) stage.say([minute])
  expect(stage.bars.length).toBeLessThan(MOST_BARS - 500)
  await stage.more()
  const [first = 0] = stage.shown
  expect(stage.shown).toEqual(upTo(9_300 - first, first))
  expect(stage.past).toEqual({ kind: 'loaded' })
})

test('what could not be had is said, asked for again by hand at once, and by looking only after its time', async () => {
  const stage = new Stage(upTo(1_200))
  await stage.settle()
  stage.failing = { retryAfterMs: 60_000 }
  await stage.more()
  expect(stage.past).toEqual({ kind: 'failed', reason: 'no history (502)', isOlder: true })
  const { length } = stage.asked
  await stage.more()
  expect(stage.asked).toHaveLength(length)
  stage.failing = undefined
  stage.feed.again()
  await eventually(() => expect(stage.shown).toHaveLength(1_000))
  expect(stage.asked.at(-1)).toBe(700 * MINUTE)
})

test('pages without a bar, of a market that is rarely traded, are turned until there is one', async () => {
  const stage = new Stage([...upTo(200), ...upTo(500, 300)])
  await stage.settle()
  stage.empty = 4
  stage.feed.more()
  await eventually(() => expect(stage.shown).toEqual(stage.minutes))
  expect(stage.asked).toHaveLength(6)
  expect(new Set(stage.asked).size).toBe(stage.asked.length)
})

test('what was missed between two connections is fetched, however much; where that fails, again when asked to', async () => {
  const stage = new Stage(upTo(700))
  await stage.settle()
  await stage.more()
  stage.minutes.push(...upTo(1_800, 700))
  stage.failing = {}
  stage.say(upTo(500, 2_000), true)
  await stage.settle()
  expect(stage.past).toMatchObject({ kind: 'failed', isOlder: false })
  stage.failing = undefined
  stage.feed.again()
  await eventually(() => expect(stage.shown).toEqual(upTo(2_500)))
  await stage.settle()
  expect(stage.past).toEqual({ kind: 'loaded', end: 'start' })
})

test('whoever hides the chart for good is not answered any more', async () => {
  const stage = new Stage(upTo(1_200))
  await stage.settle()
  stage.feed.more()
  stage.feed.close()
  await new Promise(setImmediate)
  expect(stage.shown).toHaveLength(500)
})
