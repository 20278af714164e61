import { expect } from '@playwright/test'
import { startGateway } from '../browser/gateway.ts'
import { asRows, lowerCased, type Row, serverBook } from '../browser/ladder-page.ts'
import { showing } from '../browser/workspace.ts'
import { complaints, saved } from './complaints.ts'
import { test } from './fixtures.ts'
import type { Tab } from './tab.ts'

const PAINTED = ['ladder', 'depth', 'tape', 'heatmap'] as const
const LISTED = ['watch', 'market', 'alerts', 'about', 'feeds', 'server'] as const

/** Of each painted panel: its state, and whether its canvas was given to a worker. */
function painted(tab: Tab): Promise<readonly (readonly [id: string, state: string | undefined, isGiven: boolean])[]> {
  return tab.run(() => {
    const isGiven = (canvas: HTMLCanvasElement | null): boolean => {
      try {
        // Of a canvas that a worker paints there is no context to be had.
        return canvas?.getContext('2d') === null
      } catch {
        return true
      }
    }
    return [...document.querySelectorAll<HTMLElement>('[data-painted]')].map((surface) => {
      const panel = surface.closest<HTMLElement>('.panel')
      return [
        panel?.id.slice('panel-'.length) ?? '',
        panel?.dataset.state,
        isGiven(surface.querySelector('canvas')),
      ] as const
    })
  }, undefined)
}

const areLive = (tab: Tab, count: number) =>
  expect
    .poll(async () => (await painted(tab)).filter(([, state]) => state === 'live' || state === 'quiet').length)
    .toBe(count)

/** The ladder as a screen reader has it, taken anew. */
async function ladder(
  tab: Tab,
): Promise<{ readonly symbol: string; readonly seq: number; readonly rows: readonly Row[] }> {
  await tab.press('r')
  return tab.run(() => {
    const table = document.querySelector<HTMLTableElement>('table[data-panel="ladder-1"]')
    return {
      symbol: table?.dataset.symbol ?? '',
      seq: Number(table?.dataset.seq),
      rows: [...(table?.tBodies[0]?.rows ?? [])].map(
        (row) => [0, 1, 2].map((cell) => row.cells[cell]?.textContent ?? '') as unknown as Row,
      ),
    }
  }, undefined)
}

/** The market moves between the two looks, so this looks until both saw the same `seq`. */
async function expectServersBook(tab: Tab, url: string): Promise<void> {
  await expect(async () => {
    const shown = await ladder(tab)
    expect(shown.symbol).not.toBe('')
    const served = await serverBook(url, shown.symbol, 25)
    expect(shown.seq).toBe(served.seq)
    expect(lowerCased(shown.rows)).toEqual(asRows(served))
  }).toPass({ timeout: 60_000 })
}

test('the first page is live, each panel painted by the worker and seen on the screen, and nothing complains', async ({
  tab,
  gateway,
}) => {
  await tab.open(gateway.url)
  await areLive(tab, PAINTED.length)
  expect((await painted(tab)).map(([, , isGiven]) => isGiven)).toEqual(PAINTED.map(() => true))
  // Every instrument has its quote, also those that only the list shows.
  await expect.poll(() => quotes(tab)).toBe(12)
  // Before the first picture: Playwright takes one with a style of its own, which the page is forbidden.
  expect(await complaints(tab)).toEqual([])
  for (const panel of ['chart-1', 'heatmap-1', 'depth-1', 'ladder-1', 'tape-1']) {
    await expect.poll(() => coloursOf(tab, panel), panel).toBeGreaterThan(4)
  }
  const before = await tab.picture()
  await expect.poll(async () => (await tab.picture()).equals(before)).toBe(false)
})

/** Rows of the watch list that say a price. */
function quotes(tab: Tab): Promise<number> {
  return tab.run(
    () =>
      [...document.querySelectorAll('#panel-watch-1 td.last')].filter((cell) => /\d/.test(cell.textContent ?? ''))
        .length,
    undefined,
  )
}

/** How many colours are where the panel's body is in a picture of the page. */
async function coloursOf(tab: Tab, panel: string): Promise<number> {
  const base64 = (await tab.picture()).toString('base64')
  return tab.run(
    async ({ base64, panel }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
      const body = document.querySelector(`#panel-${panel} .body`)?.getBoundingClientRect()
      if (body === undefined || body.width < 8 || body.height < 8) return 0
      const canvas = document.createElement('canvas')
      const scale = picture.width / innerWidth
      canvas.width = Math.floor(body.width * scale)
      canvas.height = Math.floor(body.height * scale)
      const context = canvas.getContext('2d')
      context?.drawImage(picture, -body.left * scale, -body.top * scale)
      const pixels = context?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
      const colours = new Set<number>()
      for (let at = 0; at < pixels.length; at += 4)
        colours.add(((pixels[at] ?? 0) << 16) | ((pixels[at + 1] ?? 0) << 8) | (pixels[at + 2] ?? 0))
      return colours.size
    },
    { base64, panel },
  )
}

test('every kind of panel there is opens and fills, and nothing complains', async ({ tab, gateway }) => {
  await tab.open(gateway.url + showing([...LISTED, 'chart']))
  await expect
    .poll(() =>
      tab.run(
        () =>
          [...document.querySelectorAll<HTMLElement>('.panel')].map(
            (panel) =>
              [
                panel.id,
                panel.querySelectorAll('.body :is(td, input, li, p, canvas, [data-figure])').length > 3,
              ] as const,
          ),
        undefined,
      ),
    )
    .toEqual(expect.arrayContaining([...LISTED, 'chart'].map((kind) => [`panel-${kind}-1`, true])))
  expect(await complaints(tab)).toEqual([])
})

for (const place of ['worker', 'main'] as const)
  test(`the book painted by the ${place === 'worker' ? 'worker' : 'page itself'} is the server's at the same seq, also after the server was gone`, async ({
    tab,
    webDir,
  }) => {
    const feed = ['--feed', 'simulated', '--symbols', 'ETH-BTC', '--web-dir', webDir]
    const first = await startGateway([...feed, '--seed', '3'])
    await tab.open(`${first.url}/?engine=${place}${showing(['ladder']).slice(1)}`)
    await areLive(tab, 1)
    expect((await painted(tab))[0]?.[2]).toBe(place === 'worker')
    await expectServersBook(tab, first.url)

    await first.stop('SIGKILL')
    await expect.poll(async () => (await painted(tab))[0]?.[1]).toBe('stale')
    expect((await ladder(tab)).rows.length, 'the last book stays').toBeGreaterThan(0)
    const second = await startGateway([...feed, '--seed', '4'], first.port)
    await areLive(tab, 1)
    await expectServersBook(tab, second.url)
    await second.stop()
  })

test('dialogs, menus and what is pinned open over the page, where they belong, and close by Escape', async ({
  tab,
  gateway,
}) => {
  await tab.open(gateway.url)
  await areLive(tab, PAINTED.length)
  const open = (selector: string) => tab.run((selector) => document.querySelector(selector) !== null, selector)

  await tab.click('[aria-label="Settings"], [title="Settings"]')
  await expect.poll(() => open('dialog[open][aria-label="Settings"]')).toBe(true)
  await tab.press('Escape')
  await expect.poll(() => open('dialog[open]')).toBe(false)

  await tab.press('Control+k')
  await expect.poll(() => open('dialog.palette[open]')).toBe(true)
  for (const letter of 'light') await tab.press(letter)
  await tab.press('Enter')
  await expect.poll(() => tab.run(() => document.documentElement.dataset.theme, undefined)).toBe('light')

  await tab.click('[aria-label="Book: menu"]')
  await expect.poll(() => open('.menu:popover-open')).toBe(true)
  expect(await gapTo(tab, '.menu:popover-open', '[aria-label="Book: menu"]')).toBeLessThan(48)
  await tab.press('Escape')
  await expect.poll(() => open('.menu:popover-open')).toBe(false)

  await tab.click('#panel-ladder-1 .integrity')
  await expect.poll(() => open('.pinned:popover-open')).toBe(true)
  expect(await gapTo(tab, '.pinned:popover-open', '#panel-ladder-1 .integrity')).toBeLessThan(48)
  await tab.press('Escape')
  await expect.poll(() => open('.pinned:popover-open')).toBe(false)

  await tab.click('[aria-label$="Chart: indicators"]')
  await expect.poll(() => open('#chart-1-indicators:popover-open')).toBe(true)
  expect(await gapTo(tab, '#chart-1-indicators', '[aria-label$="Chart: indicators"]')).toBeLessThan(48)
  expect(await complaints(tab)).toEqual([])
})

/** CSS px between the nearest edges of two boxes; 9999 where the first is not wholly on the page. */
function gapTo(tab: Tab, one: string, other: string): Promise<number> {
  return tab.run(
    ([one, other]) => {
      const [a, b] = [one, other].map((selector) => document.querySelector(selector as string)?.getBoundingClientRect())
      if (a === undefined || b === undefined) return 9999
      if (a.left < 0 || a.top < 0 || a.right > innerWidth || a.bottom > innerHeight) return 9999
      const across = Math.max(0, a.left - b.right, b.left - a.right)
      return Math.hypot(across, Math.max(0, a.top - b.bottom, b.top - a.bottom))
    },
    [one, other] as const,
  )
}

test('a panel is moved by keys with its canvas, exported as picture and table, and has a window of its own', async ({
  tab,
  gateway,
  engine,
}) => {
  await tab.open(gateway.url)
  await areLive(tab, PAINTED.length)
  await expect.poll(() => tab.run(() => document.querySelector('#panel-ladder-1.panel') !== null, undefined)).toBe(true)
  const place = () =>
    tab.run(() => document.querySelector('#panel-ladder-1')?.getBoundingClientRect().left ?? -1, undefined)
  const before = await place()
  await tab.run(() => {
    document.querySelector<HTMLElement>('#panel-ladder-1')?.focus()
    Object.assign(window, { canvas: document.querySelector('#panel-ladder-1 canvas') })
  }, undefined)
  await tab.press('Alt+Shift+ArrowLeft')
  await expect.poll(place).not.toBe(before)
  const isSame = () =>
    (window as unknown as { canvas: Element }).canvas === document.querySelector('#panel-ladder-1 canvas')
  expect(await tab.run(isSame, undefined)).toBe(true)
  await areLive(tab, PAINTED.length)
  await expect.poll(() => coloursOf(tab, 'ladder-1')).toBeGreaterThan(4)

  await choose(tab, 'Book', /download .* picture/i)
  await expect.poll(async () => (await saved(tab))?.type).toBe('image/png')
  const png = (await saved(tab))?.bytes.toString('latin1') ?? ''
  expect(png).toMatch(/iTXtdepthcast:seq\0+\d+/)
  await choose(tab, 'Book', /download .* table/i)
  await expect.poll(async () => (await saved(tab))?.type).toContain('text/csv')
  expect((await saved(tab))?.bytes.toString()).toMatch(/\d+\.\d+,/)

  await choose(tab, 'Book', /window of its own/)
  const isHere = () => tab.run(() => document.querySelector('#panel-ladder-1') !== null, undefined)
  if (engine === 'webkit') {
    // MiniBrowser opens no windows while it is driven, and what a browser refuses the page says.
    await expect
      .poll(() => tab.run(() => document.querySelector('.notice')?.textContent, undefined))
      .toContain('did not let')
    expect(await isHere()).toBe(true)
    await areLive(tab, PAINTED.length)
  } else {
    const own = await tab.opened()
    await areLive(own, 1)
    await expect.poll(isHere).toBe(false)
    expect(await complaints(own)).toEqual([])
  }
  // Playwright's pictures are taken with a style of its own, which the page is forbidden.
  const pictures = 'forbidden: style-src-elem'
  expect((await complaints(tab)).filter((complaint) => complaint !== pictures)).toEqual([])
})

/** Gives a command of a panel's menu. */
async function choose(tab: Tab, title: string, words: RegExp): Promise<void> {
  await tab.click(`[aria-label="${title}: menu"]`)
  await expect
    .poll(() =>
      tab.run((words) => {
        const items = [...document.querySelectorAll<HTMLElement>('.menu:popover-open .item')]
        const at = items.findIndex((item) => new RegExp(words, 'i').test(item.textContent ?? ''))
        items.forEach((item, index) => void item.toggleAttribute('data-chosen', index === at))
        return at
      }, words.source),
    )
    .toBeGreaterThanOrEqual(0)
  await tab.click('[data-chosen]')
}
