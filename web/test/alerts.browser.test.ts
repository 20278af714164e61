import { INSTRUMENT_STATES } from '@depthcast/market'
import { flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import App from '../src/App.svelte'
import { loadPanel } from '../src/panels/registry.ts'
import '../src/theme/base.css'
import '../src/theme/controls.css'
import type { AlertRule } from '../src/state/alerts.ts'
import { alertsOf } from '../src/state/alerts-desk.svelte.ts'
import { writeAlerts } from '../src/state/alerts-stored.ts'
import { ALERTS_KEY } from '../src/state/settings.ts'
import { eventually } from './fakes/eventually.ts'
import ListPage from './fakes/ListPage.svelte'
import { type Figures, ListStage, listRow } from './fakes/list-stage.ts'

const ROWS = [listRow('one', 'BTC'), listRow('one', 'ETH')]
const [BTC = '', ETH = ''] = ROWS.map(({ id }) => id)
const RULE: AlertRule = { id: '1', symbol: BTC, measure: 'price-above', threshold: '100', isOn: true }

let stage: ListStage
let app: ReturnType<typeof mount>
let stop: (() => void) | undefined

beforeEach(async () => {
  localStorage.clear()
  await page.viewport(1000, 800)
})
afterEach(async () => {
  stop?.()
  stop = undefined
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  await unmount(app)
})

/** The page with the panel, and the watch over the rules, which does not need it. */
async function open(...rules: readonly AlertRule[]): Promise<HTMLElement> {
  if (rules.length > 0) localStorage.setItem(ALERTS_KEY, writeAlerts({ rules, log: [], notify: false }))
  await loadPanel('alerts')
  stage = new ListStage('alerts')
  app = mount(ListPage, { target: document.body, props: { desk: stage.desk, kind: 'alerts' } })
  stage.start(ROWS)
  stop = alertsOf(stage.desk).run()
  flushSync()
  return document.querySelector('#panel-alerts-1') as HTMLElement
}

function quote(...figures: readonly Figures[]): void {
  stage.quotes(ROWS, figures)
  flushSync()
}

const log = (panel: HTMLElement) =>
  [...panel.querySelectorAll('ol li')].map((entry) => entry.textContent?.slice(19).trim())
const stored = () => JSON.parse(localStorage.getItem(ALERTS_KEY) ?? '{}')

test('a rule is made in the form, whose mistakes stand beside their fields, and is stored', async () => {
  const panel = await open()
  expect(panel.textContent).toContain('No alerts yet.')
  const on = page.elementLocator(panel)
  const threshold = on.getByRole('textbox', { name: 'Threshold' })
  await threshold.fill('100.005')
  await on.getByRole('button', { name: 'Add' }).click()
  await expect.element(threshold).toHaveAttribute('aria-invalid', 'true')
  await expect.element(threshold).toHaveAccessibleDescription('It goes in steps of 0.01.')
  await threshold.fill('100.5')
  await on.getByRole('combobox', { name: 'How often' }).selectOptions('again after 5 min')
  await on.getByRole('button', { name: 'Add' }).click()
  await expect.element(on.getByRole('checkbox', { name: /Price rises to 100.50 USD/ })).toBeChecked()
  expect(stored()).toMatchObject({
    version: 1,
    rules: [{ symbol: BTC, threshold: '100.5', againMs: 300_000, isOn: true }],
  })
  await on.getByRole('button', { name: /^Remove/ }).click()
  expect(stored().rules).toEqual([])
})

test('only the instruments of rules that are on cost quotes', async () => {
  await open(RULE, { ...RULE, id: '2', symbol: ETH, isOn: false })
  await eventually(() => expect(stage.last('watch')?.symbols).toEqual([BTC]))
  alertsOf(stage.desk).turn('2', true)
  await eventually(() => expect(stage.last('watch')?.symbols).toEqual([BTC, ETH]))
  // Neither the watch over the rules nor the panel that shows them.
  stop?.()
  await unmount(app)
  await eventually(() => expect(stage.last('watch')?.symbols).toEqual([]))
  await open()
})

test('a price that crosses is logged, shown over the page, said politely, and a rule for once is off then', async () => {
  const panel = await open(RULE)
  quote({ last: 99 })
  const before = panel.getBoundingClientRect().toJSON()
  expect(document.querySelector('.alert')).toBeNull()
  quote({ last: 100 })
  expect(log(panel)).toEqual(['BTC-USD one: price rose to 100.00 USD'])
  expect(document.querySelector('.alert')?.textContent).toContain('price rose to 100.00 USD')
  expect(stage.desk.spoken.value).toBe('Alert: BTC-USD one: price rose to 100.00 USD')
  expect(panel.getBoundingClientRect().toJSON()).toEqual(before)
  expect(stored().rules[0].isOn).toBe(false)
  quote({ last: 99 })
  quote({ last: 101 })
  expect(log(panel)).toHaveLength(1)
  await page.getByRole('button', { name: 'Dismiss' }).click()
  expect(document.querySelector('.alert')).toBeNull()
  expect(log(panel)).toHaveLength(1)
})

test('a rule that is beyond its threshold from the start says why it does not fire', async () => {
  const panel = await open(RULE)
  quote({ last: 105 })
  expect(log(panel)).toEqual([])
  expect(panel.querySelector('.there')?.textContent).toContain('there already')
  quote({ last: 99 })
  expect(panel.querySelector('.there')).toBeNull()
})

test('nothing fires from figures that are stale, and what happened meanwhile is told as unseen', async () => {
  const panel = await open(RULE)
  quote({ last: 99 })
  quote({ last: 120, stateIndex: INSTRUMENT_STATES.indexOf('stale') })
  expect(log(panel)).toEqual([])
  expect(panel.querySelector('.why')?.textContent).toContain('stale')
  quote({ last: 120 })
  expect(log(panel)[0]).toMatch(/price rose to 100\.00 USD between .* and .*, while nobody could watch$/)
  expect(panel.querySelector('li.unseen')).not.toBeNull()
})

test('while the page is paused or disconnected its last figures are not taken for those of now', async () => {
  const panel = await open({ ...RULE, againMs: 1000 })
  quote({ last: 99 })
  stage.desk.paused.set(true)
  flushSync()
  quote({ last: 120 })
  expect(log(panel)).toEqual([])
  stage.desk.paused.set(false)
  stage.say({ kind: 'connection', state: 'waiting', retryAt: 0, bytesPerSecond: 0, latencyMs: 0, breaks: 0 })
  flushSync()
  expect(log(panel)).toEqual([])
  expect(panel.querySelector('.why')?.textContent).toContain('stale')
})

test('a minute’s volume is followed where a rule looks at it, counted in lots, and not otherwise', async () => {
  const panel = await open({ ...RULE, measure: 'volume-minute', threshold: '2' })
  const asked = stage.last('bars-open')
  expect(asked).toMatchObject({ symbol: BTC, interval: '1m' })
  quote({ last: 99 })
  const bar = { time: 60_000, open: 1, high: 1, low: 1, close: 1, rev: 1, final: false }
  const bars = (volume: number) => {
    const heard = { kind: 'bars', panel: asked?.panel ?? '', symbol: BTC, interval: '1m', reset: false } as const
    stage.say({ ...heard, isOther: false, proofs: [], bars: [{ ...bar, volume }] })
    flushSync()
  }
  bars(1.999)
  expect(log(panel)).toEqual([])
  bars(2)
  expect(log(panel)).toEqual(['BTC-USD one: a minute’s volume reached 2 BTC'])
  // Once: nobody looks at it any more.
  expect(stage.last('bars-close')?.panel).toBe(asked?.panel)
})

test('the browser is asked for notifications at a click and not before, and a refusal is explained', async () => {
  const asked = vi.fn(async () => {
    browsers.permission = 'denied'
  })
  const browsers = { permission: 'default', requestPermission: asked }
  vi.stubGlobal('Notification', browsers)
  const panel = await open(RULE)
  quote({ last: 99 })
  quote({ last: 100 })
  expect(asked).not.toHaveBeenCalled()
  await page.elementLocator(panel).getByRole('button', { name: 'Allow notifications' }).click()
  expect(asked).toHaveBeenCalledOnce()
  await eventually(() => expect(panel.textContent).toContain('This browser was told not to show notifications'))
  expect(stored().notify).toBe(false)
})

test('a page that came over plain HTTP says why it has no notifications, and asks for none', async () => {
  vi.stubGlobal('isSecureContext', false)
  const panel = await open()
  expect(panel.textContent).toContain('only of pages that come over HTTPS')
  expect(panel.textContent).not.toContain('Allow notifications')
})

test('what the user changes in the browser’s settings is known while the page is open', async () => {
  const status = new EventTarget()
  vi.spyOn(navigator.permissions, 'query').mockResolvedValue(status as PermissionStatus)
  const browsers = Object.assign(class {}, { permission: 'default' })
  vi.stubGlobal('Notification', browsers)
  const panel = await open()
  await expect.element(page.elementLocator(panel).getByRole('button', { name: 'Allow notifications' })).toBeVisible()
  browsers.permission = 'granted'
  status.dispatchEvent(new Event('change'))
  await expect.element(page.elementLocator(panel).getByRole('checkbox', { name: 'Notifications' })).toBeVisible()
})

test('where notifications are allowed and wanted, a firing is one; where the browser will not, the page says so', async () => {
  const shown: string[] = []
  let isAbleTo = true
  class FakeNotification {
    static permission = 'granted'
    constructor(_title: string, { body }: { body: string }) {
      if (!isAbleTo) throw new TypeError('Illegal constructor')
      shown.push(body)
    }
  }
  vi.stubGlobal('Notification', FakeNotification)
  const panel = await open({ ...RULE, againMs: 1000 }, { ...RULE, id: '2', symbol: ETH, againMs: 1000 })
  await page.elementLocator(panel).getByRole('checkbox', { name: 'Notifications' }).click()
  quote({ last: 99 }, { last: 99 })
  quote({ last: 100 }, { last: 99 })
  expect(shown).toEqual(['BTC-USD one: price rose to 100.00 USD'])
  isAbleTo = false
  quote({ last: 100 }, { last: 100 })
  expect(shown).toHaveLength(1)
  expect(log(panel)).toHaveLength(2)
  expect(panel.textContent).toContain('This browser did not show the notification')
})

test('what is allowed and not wanted is not done', async () => {
  const shown = vi.fn()
  vi.stubGlobal('Notification', Object.assign(shown, { permission: 'granted' }))
  const panel = await open(RULE)
  quote({ last: 99 })
  quote({ last: 100 })
  expect(log(panel)).toHaveLength(1)
  expect(shown).not.toHaveBeenCalled()
})

test('a stored rule that cannot be read is not dropped in silence, and one off its grid says why it is idle', async () => {
  const rules = [{ ...RULE, threshold: '100.005' }, { id: '2' }]
  localStorage.setItem(ALERTS_KEY, JSON.stringify({ version: 1, rules }))
  const panel = await open()
  expect(panel.textContent).toContain('1 stored rule could not be read')
  expect(panel.querySelector('.why')?.textContent).toContain('its threshold goes in steps of 0.01')
})

test('rules changed in another window of the page are the rules here', async () => {
  const panel = await open(RULE)
  const newValue = writeAlerts({ rules: [{ ...RULE, threshold: '200' }], log: [], notify: false })
  dispatchEvent(new StorageEvent('storage', { key: ALERTS_KEY, newValue }))
  flushSync()
  expect(panel.querySelector('.words')?.textContent).toContain('200.00')
})

test('a rule that another window turned off and on again begins anew here: what came meanwhile does not fire it', async () => {
  const panel = await open(RULE)
  quote({ last: 99 })
  const tell = (rules: readonly AlertRule[]): void => {
    const newValue = writeAlerts({ rules, log: [], notify: false })
    dispatchEvent(new StorageEvent('storage', { key: ALERTS_KEY, newValue }))
    flushSync()
  }
  tell([{ ...RULE, isOn: false }])
  quote({ last: 101 })
  tell([RULE])
  quote({ last: 102 })
  expect(log(panel)).toEqual([])
  expect(panel.textContent).toContain('there already')
  quote({ last: 99 })
  quote({ last: 101 })
  expect(log(panel)).toHaveLength(1)
})

test('in a window where nobody watches the panel shows what another one does, and the figures of its rules', async () => {
  const panel = await open(RULE)
  stop?.()
  stop = undefined
  await eventually(() => expect(stage.last('watch')?.symbols).toEqual([BTC]))
  const log = [{ at: 0, symbol: BTC, sentence: 'BTC-USD one: price rose to 100.00 USD', isUnseen: false }]
  const newValue = writeAlerts({ rules: [{ ...RULE, isOn: false }], log, notify: false })
  dispatchEvent(new StorageEvent('storage', { key: ALERTS_KEY, newValue }))
  flushSync()
  expect(panel.querySelector('ol')?.textContent).toContain('price rose to 100.00 USD')
})

test('everything is done by keyboard', async () => {
  const panel = await open(RULE)
  panel.querySelector<HTMLElement>('tbody input')?.focus()
  await userEvent.keyboard(' ')
  expect(stored().rules[0].isOn).toBe(false)
  await userEvent.keyboard('{Tab}{Enter}')
  expect(stored().rules).toEqual([])
})

test('rules are watched where no panel shows them, once there is a quote', async () => {
  localStorage.setItem(ALERTS_KEY, writeAlerts({ rules: [RULE], log: [], notify: false }))
  stage = new ListStage('about')
  app = mount(App, { target: document.body, props: { desk: stage.desk } })
  stage.start(ROWS, [{ last: 99 }])
  await eventually(() => expect(stage.last('watch')?.ratesMs).toEqual([100]))
  quote({ last: 101 })
  expect(document.querySelector('.alert')?.textContent).toContain('price rose to 100.00 USD')
  await unmount(app)
  expect(document.querySelector('.alert')).toBeNull()
  app = mount(ListPage, { target: document.body, props: { desk: new ListStage('about').desk, kind: 'about' } })
})
