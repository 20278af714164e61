import { flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import App from '../src/App.svelte'
import { DENSITY_WORDS, PALETTE_WORDS, THEME_WORDS } from '../src/layout/settings/words.ts'
import { DEFAULT_SETTINGS } from '../src/state/settings.ts'
import { tokensOf } from '../src/theme/palettes.ts'
import { DENSITIES, PALETTES } from '../src/theme/tokens.ts'
import { eventually } from './fakes/eventually.ts'
import { StandInEngine } from './fakes/stand-in-engine.ts'

let engine: StandInEngine
let app: ReturnType<typeof mount>

async function begin(width: number, height: number): Promise<void> {
  localStorage.clear()
  await page.viewport(width, height)
  engine = new StandInEngine()
  app = mount(App, { target: document.body, props: { desk: engine.desk } })
  engine.start()
  flushSync()
}

beforeEach(async () => {
  await begin(1440, 900)
  await eventually(() => expect(engine.told.filter(({ kind }) => kind === 'panel-open')).toHaveLength(2))
})

afterEach(async () => {
  await unmount(app)
  engine.desk.settings.set(DEFAULT_SETTINGS)
  for (const name of ['theme', 'palette', 'density']) delete document.documentElement.dataset[name]
})

async function openSettings(): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click()
  await expect.element(page.getByRole('dialog', { name: 'Settings' })).toBeVisible()
}

const choose = (legend: string, name: string): Promise<void> =>
  page.getByRole('group', { name: legend }).getByRole('radio', { name }).click()

function painted() {
  const message = engine.last('theme')
  if (message === undefined) throw new Error('the painters were told no theme')
  return message
}

/** What was last asked for a panel. */
function asked(panel: string): unknown {
  return engine.told.findLast((message) => 'options' in message && 'panel' in message && message.panel === panel)
}

test('each palette reaches the painters in both themes as the tables have it', async () => {
  await openSettings()
  for (const theme of ['dark', 'light'] as const) {
    await choose('Theme', THEME_WORDS[theme].name)
    for (const palette of PALETTES) {
      await choose('Colours of up and down', PALETTE_WORDS[palette].name)
      const { up, down, upBar, downBar, bg1, bg3, heat5, textLowOnBar } = tokensOf(theme, palette)
      expect(painted().theme, `${palette} ${theme}`).toMatchObject({ up, down, upBar, downBar, textLowOnBar })
      expect(painted().theme).toMatchObject({ background: bg1, hover: bg3, sidesByShape: palette === 'mono' })
      expect(painted().theme.heat.at(-1)).toBe(heat5)
    }
  }
})

test('samples of palettes have their own colours, whichever the page has', async () => {
  await openSettings()
  await choose('Theme', 'Light')
  await choose('Colours of up and down', 'Mono')
  const colours = PALETTES.map((palette) => {
    const sample = document.querySelector(`span[data-palette=${palette}] .up`)
    return sample && getComputedStyle(sample).getPropertyValue('--up')
  })
  expect(colours).toEqual(PALETTES.map((palette) => tokensOf('light', palette).up))
})

test('rows are 16, 20 or 32 px high', async () => {
  await openSettings()
  const heights = []
  for (const density of DENSITIES) {
    await choose('Rows', DENSITY_WORDS[density].name)
    heights.push(painted().theme.rowHeight)
  }
  expect(heights).toEqual([16, 20, 32])
})

test('every choice says in a line what it means, to whoever reads it by ear as well', async () => {
  await openSettings()
  await choose('Colours of up and down', 'East')
  const group = page.getByRole('group', { name: 'Colours of up and down' }).element()
  const says = document.getElementById(group.getAttribute('aria-describedby') ?? '')
  expect(says?.textContent).toMatch(/^Red up, green down/)
})

test('a time zone is searched, and one that there is not is refused and changes nothing', async () => {
  await openSettings()
  await choose('Time zone', 'Another')
  const search = page.getByRole('combobox', { name: 'Search time zones' })
  await search.fill('Europe/Atlantis')
  await userEvent.tab()
  await expect.element(page.getByText('This browser knows no time zone “Europe/Atlantis”.')).toBeVisible()
  expect(painted().timeZone).toBe('UTC')
  await search.fill('asia/tokyo')
  await userEvent.tab()
  await expect.element(search).toHaveValue('Asia/Tokyo')
  expect(painted().timeZone).toBe('Asia/Tokyo')
  await userEvent.keyboard('{Escape}')
  await eventually(() =>
    expect(document.querySelector('.shell > footer')?.textContent).toMatch(/\d\d:\d\d:\d\d UTC\+9/),
  )
})

test('numbers are written as anywhere, on the page and by the painters, or not at all', async () => {
  await openSettings()
  await choose('Numbers', 'Another')
  const tag = page.getByRole('combobox', { name: /^Language tag/ })
  await tag.fill('not a tag')
  await userEvent.tab()
  await expect.element(page.getByText('This browser knows no numbers of “not a tag”.')).toBeVisible()
  await tag.fill('de-de')
  await userEvent.tab()
  expect(painted().locale).toBe('de-DE')
  await eventually(() => expect(document.querySelector('.shell > header')?.textContent).toContain('63.142,5'))
})

test('a language with digits or an order of its own chosen in its tag has a name as well', async () => {
  engine.desk.settings.change((settings) => ({ ...settings, locale: 'hi-IN-u-nu-deva' }))
  await openSettings()
  await expect.element(page.getByText('Hindi (India): 12,34,567.89', { exact: false })).toBeVisible()
})

test('Lite cuts what open panels ask for, shows both figures, and gives it all back', async () => {
  await openSettings()
  await choose('Rate profile', 'Lite')
  await eventually(() => expect(asked('ladder-1')).toMatchObject({ options: { depth: 12, rateMs: 200 } }))
  expect(asked('tape-1')).toMatchObject({ options: { rateMs: 200 } })
  const ladder = page.elementLocator(document.getElementById('panel-ladder-1') ?? document.body)
  expect(shown(ladder.getByLabelText('Levels a side').element())).toBe('25→12')
  expect(shown(ladder.getByLabelText('Updates a second').element())).toBe('10→5')
  await choose('Rate profile', 'Full')
  await eventually(() => expect(asked('ladder-1')).toMatchObject({ options: { depth: 25, rateMs: 100 } }))
  expect(shown(ladder.getByLabelText('Levels a side').element())).toBe('25')
})

test('a phone begins with 12 levels at 5 Hz whatever its panels are set to', async () => {
  await unmount(app)
  await begin(390, 844)
  await page.getByRole('tab', { name: 'Book' }).click()
  const ladder = page.elementLocator(document.getElementById('panel-ladder-1') ?? document.body)
  await ladder.getByLabelText('Levels a side').selectOptions('5')
  await ladder.getByLabelText('Levels a side').selectOptions('100→12')
  await eventually(() => expect(asked('ladder-1')).toMatchObject({ options: { depth: 12, rateMs: 200 } }))
})

test('on a phone the sheet opens the palette, which finds and does what there is no key for', async () => {
  await unmount(app)
  await begin(390, 844)
  await page.getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('button', { name: 'Find a command' }).click()
  await expect.element(page.getByRole('combobox', { name: 'Find a command' })).toHaveFocus()
  await userEvent.keyboard('pause everything{Enter}')
  await eventually(() => expect(engine.desk.paused.value).toBe(true))
})

test('a reset undoes every setting, and is kept like one', async () => {
  await openSettings()
  const reset = page.getByRole('button', { name: 'Reset all settings' })
  await expect.element(reset).toBeDisabled()
  await choose('Theme', 'Light')
  await choose('Colours of up and down', 'Vision')
  await choose('Time zone', 'Another')
  await page.getByRole('combobox', { name: 'Search time zones' }).fill('Asia/Tokyo')
  await userEvent.tab()
  expect(JSON.parse(localStorage.getItem('depthcast.settings.1') ?? '')).toMatchObject({ timeZone: 'Asia/Tokyo' })
  // Another one is being searched for.
  await choose('Numbers', 'Another')
  await reset.click()
  expect(engine.desk.settings.value).toEqual(DEFAULT_SETTINGS)
  expect(JSON.parse(localStorage.getItem('depthcast.settings.1') ?? '')).toEqual(DEFAULT_SETTINGS)
  expect(document.documentElement.dataset.theme).toBeUndefined()
  await expect.element(page.getByRole('group', { name: 'Time zone' }).getByRole('radio', { name: 'UTC' })).toBeChecked()
  const numbers = page.getByRole('group', { name: 'Numbers' })
  await expect.element(numbers.getByRole('radio', { name: "This browser's" })).toBeChecked()
})

test('the keyboard alone changes a setting', async () => {
  await openSettings()
  page.getByRole('radio', { name: 'Normal' }).element().focus()
  await userEvent.keyboard('{ArrowRight}')
  expect(painted().theme.rowHeight).toBe(32)
})

function shown(select: Element): string | undefined {
  return select instanceof HTMLSelectElement ? select.selectedOptions[0]?.text.trim() : undefined
}
