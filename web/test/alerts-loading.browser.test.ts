import { flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { page } from 'vitest/browser'
import App from '../src/App.svelte'
import { openKind } from '../src/state/arranging.ts'
import { ALERTS_KEY } from '../src/state/settings.ts'
import { eventually } from './fakes/eventually.ts'
import { INSTRUMENTS, StandInEngine } from './fakes/stand-in-engine.ts'

const RULE = {
  id: 'a',
  symbol: INSTRUMENTS[1]?.id,
  measure: 'price-above',
  threshold: '4000',
  isOn: true,
}
const STORED = JSON.stringify({ version: 1, rules: [RULE] })

let engine: StandInEngine
let app: ReturnType<typeof mount> | undefined

beforeEach(async () => {
  localStorage.clear()
  await page.viewport(1440, 900)
})
afterEach(async () => {
  if (app !== undefined) await unmount(app)
  localStorage.clear()
})

function begin(): void {
  engine = new StandInEngine()
  app = mount(App, { target: document.body, props: { desk: engine.desk } })
  engine.start()
  flushSync()
}

/** Ten times a second is what nothing but a rule asks for. */
const isWatched = () => engine.last('watch')?.ratesMs?.includes(100) ?? false
const whenWatched = () => eventually(() => expect(isWatched()).toBe(true))

test('stored rules are watched without a panel', async () => {
  localStorage.setItem(ALERTS_KEY, STORED)
  begin()
  await whenWatched()
})

test('where there are none nothing watches, until another window makes one', async () => {
  begin()
  await eventually(() => expect(document.querySelectorAll('.panel')).toHaveLength(4))
  expect(isWatched()).toBe(false)
  localStorage.setItem(ALERTS_KEY, STORED)
  dispatchEvent(new StorageEvent('storage', { key: ALERTS_KEY, newValue: STORED }))
  await whenWatched()
})

test('a rule made in the panel is watched, and goes on being so when the panel is closed', async () => {
  begin()
  await openKind(engine.desk, 'alerts', undefined)
  const threshold = page.getByRole('textbox', { name: 'Threshold' })
  await expect.element(threshold).toBeVisible()
  await threshold.fill('4000')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await whenWatched()
  engine.desk.closePanel('alerts-1')
  await eventually(() => expect(document.getElementById('panel-alerts-1')).toBeNull())
  flushSync()
  expect(isWatched()).toBe(true)
})
