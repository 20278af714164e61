import { flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import type { Bar } from '../src/engine/messages.ts'
import { loadPanel, type OptionsOf } from '../src/panels/registry.ts'
import { region } from '../src/state/region.ts'
import '../src/theme/base.css'
import '../src/theme/controls.css'
import { eventually } from './fakes/eventually.ts'
import ListPage from './fakes/ListPage.svelte'
import { ListStage, listRow } from './fakes/list-stage.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 0, 1)
const ROW = listRow('one', 'BTC')
const realFetch = globalThis.fetch

let stage: ListStage
let app: ReturnType<typeof mount>
/** How many bars the gateway keeps, what it was asked for, and whether it answers. */
let kept: number
let asked: string[]
let isUp: boolean
/** Whether it has what is before the newest page. */
let hasOlder: boolean

beforeEach(async () => {
  localStorage.clear()
  await page.viewport(1200, 800)
  kept = 300
  asked = []
  isUp = true
  hasOlder = true
  globalThis.fetch = async (url) => {
    asked.push(String(url))
    if (!isUp) throw new TypeError('nobody there')
    const { searchParams } = new URL(String(url), location.href)
    const before = searchParams.get('before')
    if (before !== null && !hasOlder) return Response.json({}, { status: 502, headers: { 'retry-after': '60' } })
    const end = before === null ? kept : kept + (Number(before) - START) / MINUTE
    const count = Math.min(Number(searchParams.get('limit')), end)
    const first = end - count
    const next = START + (first - kept) * MINUTE
    const candles = Array.from({ length: count }, (_, at) => candle(first + at))
    return Response.json({ candles, more: first > 0, ...(first > 0 && { next }) })
  }
})

afterEach(() => {
  globalThis.fetch = realFetch
  region.set({ locale: 'en', timeZone: 'UTC' })
  return unmount(app)
})

/** Bar `index` of `kept` as the gateway has it over HTTP. */
function candle(index: number) {
  const price = String(100 + (index % 7))
  const figures = { open: '100', high: '110', low: '90', close: price, volume: '1.5', trades: 3, rev: 1, final: true }
  return { openTime: (START + (index - kept) * MINUTE) * 1000, ...figures }
}

function live(close: number, { minute = 0, rev = 1 } = {}): Bar {
  return { time: START + minute * MINUTE, open: 100, high: 130, low: 90, close, volume: 2, rev, final: false }
}

async function open(options: Partial<OptionsOf<'chart'>> = {}): Promise<HTMLElement> {
  await loadPanel('chart')
  stage = new ListStage('chart', options)
  app = mount(ListPage, { target: document.body, props: { desk: stage.desk, kind: 'chart' } })
  flushSync()
  stage.start([ROW], [{ last: 100 }])
  flushSync()
  await eventually(() => expect(stage.last('bars-open')).toBeDefined())
  // The pointer of the test before would choose the bar that is spelled out.
  await userEvent.hover(document.querySelector('footer') as HTMLElement)
  return document.querySelector('#panel-chart-1') as HTMLElement
}

function say(bars: readonly Bar[], more: { isOther?: boolean; reset?: boolean; interval?: string } = {}): void {
  const message = { reset: false, isOther: false, proofs: [], interval: '1m', ...more }
  stage.say({ kind: 'bars', panel: 'chart-1', symbol: ROW.id, bars, ...message })
}

const optionsNow = () => stage.desk.workspace.panels['chart-1']?.options as OptionsOf<'chart'>

test('history and live bars make one chart, spelled out in its legend and in its table', async () => {
  const panel = await open()
  await expect.element(page.getByText('EMA 20')).toBeVisible()
  say([live(125)])
  await eventually(() => expect(panel.querySelector('.legend')?.textContent).toContain('125.00'))
  expect(panel.querySelector('.legend')?.textContent).toContain('▲ +19.05%')
  panel.querySelector<HTMLElement>('.reader')?.focus()
  await eventually(() => expect(panel.querySelectorAll('tbody tr').length).toBeGreaterThanOrEqual(50))
  const columns = [...panel.querySelectorAll('th')].map((head) => head.textContent)
  expect(columns).toEqual(['Time UTC', 'Open', 'High', 'Low', 'Close', 'Volume', 'EMA 20', 'VWAP'])
  const newest = [...panel.querySelectorAll('tbody tr:first-child td')].map((cell) => cell.textContent)
  expect(newest.slice(0, 6)).toEqual(['2026-01-01 00:00:00', '100.00', '130.00', '90.00', '125.00', '2.000'])
  // A session of one bar: its typical price.
  expect(newest.at(-1)).toBe(((130 + 90 + 125) / 3).toFixed(2))
})

test('indicators are added, changed and removed by keyboard alone, and the panel remembers them', async () => {
  const panel = await open({ indicators: [{ kind: 'ema', periods: [20] }] })
  const menu = panel.querySelector<HTMLElement>('[popover]')
  panel.querySelector<HTMLElement>('[popovertarget]')?.focus()
  await userEvent.keyboard('{Enter}')
  expect(menu?.matches(':popover-open')).toBe(true)
  // The list, then the one length of the one indicator.
  await eventually(async () => {
    await userEvent.tab()
    expect(document.activeElement?.getAttribute('aria-label')).toBe('EMA 20: Length')
  })
  await userEvent.fill(document.activeElement as HTMLElement, '9')
  await userEvent.tab()
  expect(optionsNow().indicators).toEqual([{ kind: 'ema', periods: [9] }])
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Remove EMA 9')
  await userEvent.tab()
  await userEvent.keyboard('rsi')
  await userEvent.tab()
  await userEvent.keyboard('{Enter}')
  expect(optionsNow().indicators.map(({ kind }) => kind)).toEqual(['ema', 'rsi'])
  await expect.element(page.getByRole('button', { name: 'Remove RSI 14' })).toBeVisible()
  await userEvent.keyboard('{Escape}')
  expect(menu?.matches(':popover-open')).toBe(false)
  await eventually(() => expect([...panel.querySelectorAll('dt')].map((term) => term.textContent)).toContain('RSI 14'))
})

test('a length that cannot be computed with is put back', async () => {
  await open({ indicators: [{ kind: 'rsi', periods: [14] }] })
  await page.getByRole('button', { name: 'ƒx Chart: indicators' }).click()
  const field = page.getByLabelText('RSI 14: Length')
  for (const wrong of ['1', '5000', '2.5', '']) {
    await field.fill(wrong)
    await userEvent.tab()
    await expect.element(field).toHaveValue(14)
  }
  await page.getByRole('button', { name: 'Remove RSI 14' }).click()
  expect(optionsNow().indicators).toEqual([])
  await expect.element(page.getByText('No indicators on the chart.')).toBeVisible()
})

test('rate, certificate and what is hidden reach the engine, each without a new chart', async () => {
  const panel = await open()
  const opened = () => stage.told.filter(({ kind }) => kind === 'bars-open').length
  await page.getByRole('button', { name: 'ƒx Chart: indicators' }).click()
  await page.getByLabelText('Certificate', { exact: false }).click()
  await page.getByLabelText('Drawings a second').selectOptions('10 Hz')
  await eventually(() =>
    expect(stage.last('bars-options')?.options).toEqual({ rateMs: 100, visible: true, certificate: true }),
  )
  panel.style.display = 'none'
  await eventually(() => expect(stage.last('bars-options')?.options.visible).toBe(false))
  panel.style.display = ''
  await eventually(() => expect(stage.last('bars-options')?.options.visible).toBe(true))
  await page.getByLabelText('Type').selectOptions('Heikin-Ashi')
  await expect.element(page.getByRole('figure', { name: /^Heikin-Ashi of one:BTC-USD/ })).toBeVisible()
  expect(opened()).toBe(1)
})

test('verdicts on closed bars are told in the legend: of the newest how many, of one what differs', async () => {
  const panel = await open({ certificate: true })
  say([live(125, { minute: 1 })])
  const proofs = [
    { time: START - MINUTE, verdict: 'match', differs: [] },
    { time: START - 2 * MINUTE, verdict: 'missed', differs: [] },
    { time: START - 3 * MINUTE, verdict: 'unexplained', differs: [['C', '1.00', '2.00']] },
  ] as const
  stage.say({
    kind: 'bars',
    panel: 'chart-1',
    symbol: ROW.id,
    interval: '1m',
    reset: false,
    isOther: false,
    bars: [],
    proofs,
  })
  await expect.element(page.getByText('Certificate: 1 ✓ · 1 ? · 1 ≠')).toBeVisible()
  stage.say({
    ...{ kind: 'bars', panel: 'chart-1', symbol: ROW.id, interval: '1m', reset: false, isOther: false, bars: [] },
    proofs: [{ time: START + MINUTE, verdict: 'unexplained', differs: [['C', '125.00', '126.00']] }],
  })
  await expect.element(page.getByText('≠ C 125.00 here, 126.00 from the server')).toBeVisible()
  expect(panel.querySelector('.proof')?.getAttribute('data-verdict')).toBe('unexplained')
})

test('bars of another life of the gateway take the place of those before', async () => {
  const panel = await open()
  say([live(125, { rev: 9 })])
  await eventually(() => expect(panel.querySelector('.legend')?.textContent).toContain('125.00'))
  say([live(92)], { reset: true, isOther: true })
  await eventually(() => expect(panel.querySelector('.legend')?.textContent).toContain('92.00'))
  expect(asked).toHaveLength(2)
})

test('a hole between what was heard and what comes is filled from the gateway’s past', async () => {
  const panel = await open()
  await eventually(() => expect(panel.querySelector('.legend')).not.toBeNull())
  say([live(124)], { reset: true })
  expect(asked).toHaveLength(2)
  await eventually(() => expect(panel.querySelector('.legend')?.textContent).toContain('124.00'))
  say([live(123, { rev: 2 })], { reset: true })
  expect(asked).toHaveLength(2)
})

test('where the past cannot be had the chart says so, goes on, and tries again when told to', async () => {
  isUp = false
  const panel = await open()
  await expect.element(page.getByText('No bars of the past.')).toBeVisible()
  say([live(125)])
  await eventually(() => expect(panel.querySelector('.legend')?.textContent).toContain('125.00'))
  isUp = true
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect.element(page.getByText('No bars of the past.')).not.toBeInTheDocument()
  await userEvent.hover(document.querySelector('footer') as HTMLElement)
  expect(panel.querySelector('.legend')?.textContent).toContain('125.00')
})

test('an instrument without a single bar says what will begin the first', async () => {
  kept = 0
  await open()
  await expect.element(page.getByText('No trades yet: the first one begins the first candle.')).toBeVisible()
})

/** Looks so far back that the first bar is in sight, wherever that is by then. */
async function lookBack(panel: HTMLElement): Promise<() => void> {
  await eventually(() => expect(panel.querySelector('.legend')).not.toBeNull())
  const box = (panel.querySelector('.chart') as HTMLElement).getBoundingClientRect()
  const at = { clientX: box.left + 300, clientY: box.top + 200 }
  const canvas = document.elementFromPoint(at.clientX, at.clientY) as HTMLElement
  return () => {
    canvas.dispatchEvent(new WheelEvent('wheel', { ...at, deltaX: -4000, bubbles: true, cancelable: true }))
  }
}

const befores = () => asked.map((url) => new URL(url, location.href).searchParams.get('before'))

test('looking further back fetches the page before the oldest bar, until there is none, and says so', async () => {
  kept = 1200
  const panel = await open()
  const back = await lookBack(panel)
  expect(panel.textContent).not.toContain('No older bars')
  const expected = [null, START - 500 * MINUTE, START - 1000 * MINUTE].map((time) => time && String(time))
  await eventually(() => {
    back()
    expect(befores()).toEqual(expected)
  })
  await eventually(() => {
    back()
    expect(panel.querySelector('.start')?.textContent).toBe('No older bars')
  })
  expect(asked).toHaveLength(3)
  panel.querySelector<HTMLElement>('.reader')?.focus()
  await eventually(() =>
    expect(panel.querySelector('tbody tr:last-child td')?.textContent).toBe(
      new Date(START - 1200 * MINUTE).toISOString().slice(0, 19).replace('T', ' '),
    ),
  )
})

test('a history that cannot be had is said where it is missing, without hiding the chart, and had when told to', async () => {
  kept = 700
  hasOlder = false
  const panel = await open()
  const back = await lookBack(panel)
  await eventually(() => {
    back()
    expect(panel.querySelector('.start')?.textContent).toBe('History unavailable · retry')
  })
  for (let turn = 0; turn < 10; turn += 1) back()
  await new Promise(requestAnimationFrame)
  expect(asked).toHaveLength(2)
  expect(panel.querySelector('.legend')).not.toBeNull()
  hasOlder = true
  await page.getByRole('button', { name: 'retry' }).click()
  await eventually(() => {
    back()
    expect(panel.querySelector('.start')?.textContent).toBe('No older bars')
  })
  expect(befores()).toEqual([null, String(START - 500 * MINUTE), String(START - 500 * MINUTE)])
})

test('the times of the table, and the zone beside the settings, go by the page’s region', async () => {
  region.set({ locale: 'de', timeZone: 'Asia/Kolkata' })
  const panel = await open()
  say([live(125)])
  await eventually(() => expect(panel.querySelector('.legend')?.textContent).toContain('125,00'))
  panel.querySelector<HTMLElement>('.reader')?.focus()
  await eventually(() => expect(panel.querySelector('th')?.textContent).toBe('Time UTC+5:30'))
  expect(panel.querySelector('tbody td')?.textContent).toBe('2026-01-01 05:30:00')
  expect(panel.querySelector('.unit')?.textContent).toBe('UTC+5:30')
})

test('a picture of the chart can be taken, as large as it is on the screen', async () => {
  const panel = await open()
  await eventually(() => expect(panel.querySelector('.legend')).not.toBeNull())
  const offered = stage.desk.offers.get('chart-1')?.find(({ picture }) => picture !== undefined)
  const picture = await offered?.picture?.()
  const { width } = (panel.querySelector('.chart') as HTMLElement).getBoundingClientRect()
  expect(picture?.width).toBe(Math.round(width * devicePixelRatio))
})

test('a reconnect that tells the instruments again, in another state, leaves the chart and its place alone', async () => {
  const panel = await open()
  await eventually(() => expect(panel.querySelector('.legend')).not.toBeNull())
  const canvas = panel.querySelector('canvas')
  stage.start([{ ...ROW, state: 'syncing' }])
  flushSync()
  expect(panel.querySelector('.legend')).not.toBeNull()
  expect(panel.querySelector('canvas')).toBe(canvas)
  expect(stage.told.filter(({ kind }) => kind === 'bars-open')).toHaveLength(1)
})

test('where nothing was shown yet, nothing is called stale: the reason is said', async () => {
  isUp = false
  kept = 0
  const panel = await open()
  const figures = { bytesPerSecond: 0, latencyMs: Number.NaN, breaks: 0 }
  stage.say({ kind: 'connection', state: 'waiting', ...figures })
  flushSync()
  const glyph = panel.querySelector('.integrity')
  expect(glyph?.textContent).toContain('not connected')
  stage.say({
    kind: 'connection',
    state: 'waiting',
    refusal: { code: 406, reason: 'too many connections' },
    ...figures,
  })
  flushSync()
  expect(glyph?.textContent).toContain('refused (406): too many connections')
  say([live(125)])
  await eventually(() => expect(panel.querySelector('.legend')).not.toBeNull())
  expect(glyph?.textContent).toContain('stale')
})

test('however wide the prices beside the chart are, nothing said of it stands over them; a small one says the close', async () => {
  await page.viewport(300, 320)
  await loadPanel('chart')
  stage = new ListStage('chart')
  app = mount(ListPage, { target: document.body, props: { desk: stage.desk, kind: 'chart' } })
  flushSync()
  stage.start([{ ...ROW, tickSize: '0.0000000001' }], [{ last: 100 }])
  flushSync()
  const panel = document.querySelector('#panel-chart-1') as HTMLElement
  await eventually(() => expect(panel.querySelector('.legend')).not.toBeNull())
  await eventually(() => {
    const cells = [...panel.querySelectorAll('.chart td:last-child')].map((cell) => cell.getBoundingClientRect())
    const axis = cells.filter(({ width }) => width < 200).map(({ left }) => left)
    const right = panel.querySelector('.legend')?.getBoundingClientRect().right ?? Number.NaN
    expect(axis.length).toBeGreaterThan(0)
    expect(right).toBeLessThanOrEqual(Math.min(...axis))
  })
  const lines = [...panel.querySelectorAll<HTMLElement>('.legend dl:first-child div')]
  const first = lines.toSorted((a, b) => a.offsetTop - b.offsetTop || a.offsetLeft - b.offsetLeft)[0]
  expect(first?.textContent).toMatch(/^C/)
})
