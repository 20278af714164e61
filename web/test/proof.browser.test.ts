import { flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import App from '../src/App.svelte'
import '../src/theme/base.css'
import '../src/theme/controls.css'
import type { PanelReport, Receipt, ViewState } from '../src/engine/messages.ts'
import { eventually } from './fakes/eventually.ts'
import { StandInEngine } from './fakes/stand-in-engine.ts'

const LATENCY: Partial<PanelReport> = { latency: { venue: 12, way: 4, screenP50: 38, screenP99: 60 } }
const RECEIPT: Receipt = {
  takenAt: Date.UTC(2026, 10, 21, 12, 4, 20),
  symbol: 'simulated:BTC-USD',
  state: { kind: 'live' },
  granted: { depth: 25, grouping: 1, rateMs: 100 },
  epoch: 7,
  seq: 1_204_881,
  chain: { epoch: 7, from: 1_204_002, since: Date.UTC(2026, 10, 21, 12, 1, 0) },
  verifiedAt: Date.UTC(2026, 10, 21, 12, 4, 20) - 200,
  source: { verified: 'sequence', at: Date.UTC(2026, 10, 21, 12, 4, 20) - 200 },
  book: { tick: '0.5', lot: '0.001', bids: [126_285, 901], asks: [126_286, 220], checksum: 0xde02_2542 },
  exchangeTimeUs: Date.UTC(2026, 10, 21, 12, 4, 19) * 1000,
  serverTimeUs: Date.UTC(2026, 10, 21, 12, 4, 19) * 1000,
  receivedAt: Date.UTC(2026, 10, 21, 12, 4, 20),
  clock: { offsetMs: 1, errorMs: 0.4 },
  ...{
    bytes: 6554,
    bytesShare: 6554,
    sharedBy: 1,
    messages: 85,
    updates: 85,
    merged: 918,
    pictures: 84,
    lastBreak: undefined,
  },
}

let engine: StandInEngine
let app: ReturnType<typeof mount>

async function begin(width = 1440, height = 900): Promise<void> {
  await page.viewport(width, height)
  engine = new StandInEngine()
  app = mount(App, { target: document.body, props: { desk: engine.desk } })
  flushSync()
  engine.start()
  // A click on what is about to move into the dock would be nobody's.
  const docked = '#panel-ladder-1 canvas'
  await eventually(() => expect(document.querySelector(docked)).not.toBeNull())
  engine.report('ladder-1', { kind: 'live' }, 1_204_881, LATENCY)
  flushSync()
}

beforeEach(() => localStorage.clear())
afterEach(() => unmount(app))

const glyph = () => page.getByRole('button', { name: 'Book: live' })
const ladder = (): HTMLElement => document.getElementById('panel-ladder-1') as HTMLElement

/** Answers what is asked for, as often as it is, until the test ends. */
function answerReceipts(): void {
  let answered = 0
  const timer = setInterval(() => {
    for (const message of engine.told.slice(answered))
      if (message.kind === 'panel-receipt')
        engine.say({ kind: 'receipt', panel: message.panel, request: message.request, receipt: RECEIPT })
    answered = engine.told.length
  }, 10)
  onTestFinished(() => clearInterval(timer))
}

test('Enter on the glyph pins the receipt, which says what is proven, Escape closes it, and the focus is on the glyph again', async () => {
  await begin()
  answerReceipts()
  ladder().querySelector<HTMLElement>('.integrity')?.focus()
  await userEvent.keyboard('{Enter}')
  const receipt = page.getByRole('dialog', { name: 'Book: receipt' })
  await expect.element(receipt).toBeVisible()
  await expect
    .element(receipt.getByText(/^1,204,002 to 1,204,881, nothing missing since the snapshot at 12:01:00 UTC/))
    .toBeVisible()
  await expect.element(receipt.getByText(/^ok 0.2 s ago, de022542 reckoned here/)).toBeVisible()
  await expect.element(receipt.getByText("venue's sequence whole 0.2 s ago, says the gateway")).toBeVisible()
  await receipt.getByRole('button', { name: 'Copy as JSON' }).element().focus()
  await userEvent.keyboard('{Escape}')
  await expect.element(receipt).not.toBeInTheDocument()
  expect(document.activeElement?.classList.contains('integrity')).toBe(true)
})

test('the receipt is copied as JSON with its levels and their checksum', async () => {
  await begin()
  answerReceipts()
  const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue()
  await glyph().click()
  await page.getByRole('button', { name: 'Copy as JSON' }).click()
  await eventually(() => expect(write).toHaveBeenCalledOnce())
  expect(JSON.parse(write.mock.calls[0]?.[0] ?? '')).toMatchObject({
    symbol: 'simulated:BTC-USD',
    seq: 1_204_881,
    book: { checksum: 0xde02_2542, levels: { bids: 1, asks: 1 } },
  })
  write.mockRestore()
})

test('a pinned receipt goes with its panel wherever that is moved', async () => {
  await begin()
  answerReceipts()
  await glyph().click()
  const receipt = page.getByRole('dialog', { name: 'Book: receipt' })
  await expect.element(receipt).toBeVisible()
  const seat = ladder().parentElement as HTMLElement
  seat.remove()
  document.body.append(seat)
  await expect.element(receipt).toBeVisible()
})

const STATES: readonly ViewState[] = [
  { kind: 'loading' },
  { kind: 'live' },
  { kind: 'quiet', ageMs: 14_000 },
  { kind: 'delayed', ageMs: 2100 },
  { kind: 'stale', since: 0, retryInMs: 1500 },
  { kind: 'gap', from: 1_204_882, to: 1_204_890 },
  { kind: 'invalid', reason: 'checksum mismatch' },
  { kind: 'halted', reason: 'volatility' },
  { kind: 'ended', since: 0 },
  { kind: 'paused' },
]

test.each([1440, 700])(
  'no state moves anything at %i px: header, settings, canvas and strip stay where they are',
  async (width) => {
    await begin(width)
    const places = (): string =>
      [
        ...ladder().querySelectorAll('h2, select, canvas, header > button:not(.integrity)'),
        ladder(),
        document.querySelector('footer'),
      ]
        .map((element) => JSON.stringify(element?.getBoundingClientRect()))
        .join('\n')
    const before = places()
    for (const state of STATES) {
      engine.report('ladder-1', state, 1_204_881, { ...LATENCY, merged: 14 })
      flushSync()
      expect(places(), state.kind).toBe(before)
    }
  },
)

test('a ring turns in the glyph’s place once a snapshot has been waited for 400 ms, and not before', async () => {
  await begin()
  engine.report('ladder-1', { kind: 'loading' })
  flushSync()
  const waiting = ladder().querySelector('.waiting') as HTMLElement
  const animations = waiting.getAnimations({ subtree: true })
  const isRing = (ms: number): boolean => {
    for (const animation of animations) {
      animation.pause()
      animation.currentTime = ms
    }
    return getComputedStyle(waiting, '::after').visibility === 'visible'
  }
  expect([isRing(0), isRing(399), isRing(401)]).toEqual([false, false, true])
})

test('only what is old or wrong has an edge: a delay has its dot', async () => {
  await begin()
  const edges = STATES.map((state) => {
    engine.report('ladder-1', state)
    flushSync()
    const { content, backgroundColor } = getComputedStyle(ladder(), '::before')
    return content === 'none' ? '' : `${state.kind} ${backgroundColor}`
  }).filter(Boolean)
  const [warn, error] = ['warn', 'error'].map((name) => {
    const probe = document.createElement('i')
    probe.style.color = `var(--${name})`
    ladder().append(probe)
    const { color } = getComputedStyle(probe)
    probe.remove()
    return color
  })
  expect(edges).toEqual([`stale ${warn}`, `gap ${warn}`, `invalid ${error}`])
})

test('an instrument that is refused is one sentence and one action, and the reason stands behind Details', async () => {
  await begin()
  engine.report('ladder-1', { kind: 'refused', code: 404, reason: 'no feed carries it' }, 0)
  flushSync()
  const body = page.elementLocator(ladder().querySelector('.instead') as HTMLElement)
  await expect.element(body.getByText('simulated:BTC-USD cannot be shown.')).toBeVisible()
  await expect.element(body.getByText('refused (404): no feed carries it')).not.toBeVisible()
  await body.getByText('Details').click()
  await expect.element(body.getByText('refused (404): no feed carries it')).toBeVisible()
  await body.getByRole('button', { name: 'Show ETH-USD' }).click()
  expect(engine.last('panel-symbol')).toMatchObject({ symbol: 'simulated:ETH-USD' })
})

test('the strip’s figures open into the waterfall under the pointer, and stay when clicked', async () => {
  await begin()
  engine.say({
    ...{ kind: 'connection', state: 'open', bytesPerSecond: 22_000, latencyMs: 4, breaks: 0, framesPerSecond: 58 },
    clock: { offsetMs: 1, errorMs: 0.4 },
  })
  flushSync()
  const meters = page.getByRole('button', { name: /venue→screen 38 ms/ })
  await expect.element(meters).toHaveTextContent('venue→screen 38 ms 22 KB/s 58 fps')
  await meters.hover()
  const waterfall = page.getByRole('dialog', { name: 'Venue to screen' })
  await expect.element(waterfall.getByText('12 ms, held for up to 100 ms')).toBeVisible()
  await expect.element(waterfall.getByText('4.0 ms ± 0.4 ms')).toBeVisible()
  await expect.element(waterfall.getByText('A simulated market: its times are the gateway’s own.')).toBeVisible()
  await meters.unhover()
  await expect.element(waterfall).not.toBeInTheDocument()
  await meters.click()
  await meters.unhover()
  await expect.element(waterfall).toBeVisible()
  await userEvent.keyboard('{Escape}')
  await expect.element(waterfall).not.toBeInTheDocument()
})

test('a phone’s strip says state, lateness, bytes and profile in one line', async () => {
  await page.viewport(390, 844)
  engine = new StandInEngine()
  app = mount(App, { target: document.body, props: { desk: engine.desk } })
  engine.start()
  engine.say({ kind: 'connection', state: 'open', bytesPerSecond: 6_000, latencyMs: 4, breaks: 0 })
  engine.report('ladder-1', { kind: 'live' }, 7, LATENCY)
  flushSync()
  const text = document.querySelector('footer')?.textContent?.replaceAll(/\s+/g, ' ').trim()
  expect(text).toBe('● Live 38 ms · 6.0 KB/s · Lite')
})
