import { flushSync } from 'svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import type { PanelKind } from '../src/panels/registry.ts'
import { parseOptions } from '../src/panels/schemas.ts'
import { keepOperatorToken, ops } from '../src/state/ops.ts'
import { openPanel } from '../src/workspace/edit.ts'
import { appPages, fourPanels } from './fakes/app-page.ts'
import { eventually } from './fakes/eventually.ts'
import { feedsReport, health, NOON_US, serverReport } from './fakes/ops-reports.ts'

/** What the gateway answers; anything else is not there. */
const answers: Record<string, { status: number; body: unknown } | 'down'> = {}
let asked: { path: string; authorization: string | null }[] = []
const { fetch } = globalThis

afterEach(() => {
  globalThis.fetch = fetch
  vi.useRealTimers()
})

const on = appPages(fourPanels, { isBegun: false, before: answering })
beforeEach(() => on.begun())

function answering(): void {
  sessionStorage.clear()
  keepOperatorToken(undefined)
  asked = []
  answers['/v1/feeds'] = { status: 200, body: feedsReport(ROWS) }
  answers['/v1/server'] = { status: 200, body: serverReport() }
  globalThis.fetch = async (input, options) => {
    const answer = typeof input === 'string' ? answers[input] : undefined
    if (answer === undefined) return fetch(input, options)
    asked.push({ path: String(input), authorization: new Headers(options?.headers).get('authorization') })
    if (answer === 'down') throw new TypeError('failed to fetch')
    return Response.json(answer.body, { status: answer.status })
  }
  ops.feeds.set({})
  ops.server.set({})
  ops.samples.set([])
  ops.retry('feeds')
  ops.retry('server')
}

const ROWS = [
  health('simulated:BTC-USD', { resyncs: 3 }),
  health('simulated:ETH-USD', { state: 'stale', reason: 'nothing came for 5 s', heardAt: NOON_US - 90_000_000 }),
  health('kraken:BTC-USD', { verified: 'oracle', verifiedAt: NOON_US - 14_000_000 }),
]

async function open(kind: PanelKind): Promise<HTMLElement> {
  on.engine.desk.arrange((workspace) =>
    openPanel(workspace, kind, { options: parseOptions(kind, {}), beside: 'chart-1' }),
  )
  await eventually(() => expect(document.querySelector(`#panel-${kind}-1 .body .body`)).not.toBeNull())
  return document.getElementById(`panel-${kind}-1`) as HTMLElement
}

function rowsOf(panel: HTMLElement): (string | undefined)[] {
  return [...panel.querySelectorAll<HTMLElement>('.instruments [data-row]')].map((row) => row.dataset.row)
}

test('every source and instrument is told with its state in a word and a sign, the worst first', async () => {
  const panel = await open('feeds')
  await eventually(() => expect(rowsOf(panel)).toEqual(['simulated:ETH-USD', 'kraken:BTC-USD', 'simulated:BTC-USD']))
  const stale = panel.querySelector('[data-row="simulated:ETH-USD"]')
  expect(stale?.querySelector('.state')?.textContent).toBe('! stale')
  expect(stale?.textContent).toContain('1 min 30 s')
  expect(panel.querySelector('[data-row="kraken:BTC-USD"]')?.textContent).toContain('second source 14 s')
  expect(panel.querySelector('[data-source="binance/1"]')?.textContent).toContain('! waiting')
  expect(panel.querySelector('.sources')?.textContent).toContain('the venue closed the socket: 1008')
  expect(panel.querySelector('.integrity')?.textContent).toContain('1 of 3 in trouble')
})

test('a row that is chosen gives its instrument to the group, by click and by keyboard', async () => {
  const panel = await open('feeds')
  await eventually(() => expect(rowsOf(panel)).toHaveLength(3))
  const pick = (id: string) => panel.querySelector<HTMLElement>(`[data-row="${id}"] .pick`)
  await userEvent.click(pick('simulated:ETH-USD') as HTMLElement)
  expect(on.engine.last('panel-symbol')?.symbol).toBe('simulated:ETH-USD')
  expect(panel.querySelector('tr[aria-current]')?.getAttribute('data-row')).toBe('simulated:ETH-USD')
  pick('simulated:BTC-USD')?.focus()
  await userEvent.keyboard('{Enter}')
  expect(on.engine.last('panel-symbol')?.symbol).toBe('simulated:BTC-USD')
})

test('venue, trouble and order are the panel’s own settings, kept with the layout', async () => {
  const panel = await open('feeds')
  await eventually(() => expect(rowsOf(panel)).toHaveLength(3))
  await userEvent.selectOptions(panel.querySelector('[aria-label="Venue"]') as HTMLElement, 'simulated')
  expect(rowsOf(panel)).toEqual(['simulated:ETH-USD', 'simulated:BTC-USD'])
  await userEvent.selectOptions(panel.querySelector('[aria-label="Which instruments"]') as HTMLElement, 'In trouble')
  expect(rowsOf(panel)).toEqual(['simulated:ETH-USD'])
  expect(on.engine.desk.workspace.panels['feeds-1']?.options).toMatchObject({ venue: 'simulated', only: 'trouble' })
  await userEvent.selectOptions(panel.querySelector('[aria-label="Venue"]') as HTMLElement, 'kraken')
  expect(panel.textContent).toContain('No instrument is in trouble at kraken.')
  await userEvent.click(page.getByRole('button', { name: 'Show all' }))
  await userEvent.click(page.elementLocator(panel).getByRole('button', { name: 'Resyncs' }))
  expect(rowsOf(panel)[0]).toBe('simulated:BTC-USD')
  expect(panel.querySelector('[aria-sort]')?.textContent).toContain('Resyncs')
})

test('what the feeds show is offered as a table', async () => {
  const panel = await open('feeds')
  await eventually(() => expect(rowsOf(panel)).toHaveLength(3))
  const [offer] = on.engine.desk.offers.get('feeds-1') ?? []
  const table = await offer?.table?.()
  expect(table?.rows.map(([id]) => id)).toEqual(rowsOf(panel))
})

test('the gateway is asked while the panel is seen, and not while another one fills the page', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
  await open('feeds')
  await eventually(() => expect(asked.length).toBeGreaterThan(0))
  asked = []
  await vi.advanceTimersByTimeAsync(3000)
  expect(asked.length).toBeGreaterThanOrEqual(2)
  on.engine.desk.toggleMaximised('ladder-1')
  flushSync()
  // The browser tells what is seen after it has drawn.
  for (let frame = 0; frame < 4; frame += 1) await new Promise(requestAnimationFrame)
  asked = []
  await vi.advanceTimersByTimeAsync(5000)
  expect(asked).toEqual([])
  on.engine.desk.toggleMaximised('ladder-1')
  await eventually(() => expect(asked.length).toBeGreaterThan(0))
})

test('a gateway that falls silent leaves its last figures, dimmed, and says since when', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], now: Date.UTC(2026, 0, 1, 12, 4, 9) })
  const panel = await open('feeds')
  await eventually(() => expect(rowsOf(panel)).toHaveLength(3))
  answers['/v1/feeds'] = 'down'
  await vi.advanceTimersByTimeAsync(2000)
  await eventually(() => expect(panel.querySelector('.integrity')?.textContent).toContain('stale since 12:04:'))
  expect(rowsOf(panel)).toHaveLength(3)
  const cell = panel.querySelector('[data-row="kraken:BTC-USD"] td:nth-child(4)') as HTMLElement
  const low = getComputedStyle(panel.querySelector('.low') as HTMLElement).color
  expect(getComputedStyle(cell).color).toBe(low)
})

test('the server’s figures stand with their units; rates are unknown until there were two looks', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
  const panel = await open('server')
  const figure = (name: string) => panel.querySelector(`[data-figure="${name}"] .value`)?.textContent
  await eventually(() => expect(figure('Clients')).toBe('3'))
  expect([figure('Out'), figure('Event loop'), figure('Memory')]).toEqual(['—', '1.2 ms', '84.2 MB'])
  const { totals } = serverReport()
  const clients = { ...serverReport().clients, held: 1, slowed: 2, lagMs: 1500, bufferedBytes: 40_000 }
  const next = serverReport({ at: NOON_US + 1e6, totals: { ...totals, bytes: totals.bytes + 22_000 }, clients })
  answers['/v1/server'] = { status: 200, body: next }
  await vi.advanceTimersByTimeAsync(1000)
  await eventually(() => expect(figure('Out')).toBe('22 KB/s'))
  expect(figure('Slow clients')).toBe('!1')
  expect(panel.querySelector('[data-figure="Slow clients"] .more')?.textContent).toBe(
    '2 at lower rates · waiting 1.5 s · 40.0 KB held',
  )
  expect(panel.querySelector('[data-figure="Out"] path')?.getAttribute('d')).toMatch(/^M/)
})

test('where the server’s figures are for its operators the panel asks for their token, and sends it there alone', async () => {
  answers['/v1/server'] = { status: 401, body: { code: 401, message: "missing: this is the operators' page" } }
  await open('feeds')
  const panel = await open('server')
  await eventually(() =>
    expect(panel.textContent).toContain("The gateway refused (401): missing: this is the operators' page"),
  )
  answers['/v1/server'] = { status: 200, body: serverReport() }
  asked = []
  await userEvent.fill(panel.querySelector('input') as HTMLElement, 'operators-secret')
  await userEvent.keyboard('{Enter}')
  await eventually(() => expect(panel.querySelector('[data-figure="Clients"]')).not.toBeNull())
  expect(
    asked
      .filter(({ authorization }) => authorization === 'Bearer operators-secret')
      .every(({ path }) => path === '/v1/server'),
  ).toBe(true)
  expect(asked.find(({ path }) => path === '/v1/server')?.authorization).toBe('Bearer operators-secret')
  expect([Object.values({ ...sessionStorage }), JSON.stringify({ ...localStorage })]).toEqual([
    ['operators-secret'],
    expect.not.stringContaining('secret'),
  ])
  answers['/v1/server'] = { status: 401, body: { code: 401, message: 'missing: once more' } }
  await userEvent.click(page.getByRole('button', { name: "Forget the operators' token" }))
  await eventually(() => expect(panel.textContent).toContain('missing: once more'))
  expect([sessionStorage.length, asked.findLast(({ path }) => path === '/v1/server')?.authorization]).toEqual([0, null])
})

test('pages that are shut say how they are opened, and can be asked again', async () => {
  const message = "the operators' pages are shut: start the gateway with --admin-token-file"
  answers['/v1/server'] = { status: 403, body: { code: 403, message } }
  const panel = await open('server')
  await eventually(() => expect(panel.textContent).toContain(`The gateway refused (403): ${message}`))
  expect(panel.querySelector('input')).toBeNull()
  answers['/v1/server'] = { status: 200, body: serverReport() }
  await userEvent.click(page.elementLocator(panel).getByRole('button', { name: 'Ask now' }))
  await eventually(() => expect(panel.querySelector('[data-figure="Clients"]')).not.toBeNull())
})
