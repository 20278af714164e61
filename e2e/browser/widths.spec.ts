import { expect, type Page, test } from '@playwright/test'
import { type Gateway, startGateway } from './gateway.ts'

/** Where the shells change, and what people have. */
const WIDTHS = [320, 390, 640, 768, 1024, 1200, 1440, 1920, 2560, 3840]

let gateway: Gateway
test.beforeAll(async () => {
  gateway = await startGateway(['--feed', 'simulated'])
})
test.afterAll(() => gateway.stop())

for (const width of WIDTHS)
  test(`at ${width} px nothing is wider than the page, no number is cut, no text lies on another, and nothing shifts`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height: width < 640 ? 844 : 900 })
    await countShifts(page)
    await page.goto(gateway.url)
    await expect(page.locator('.panel').first()).toBeVisible()
    await expect(page.locator('header .price').first()).toHaveText(/\d/)
    const tabs = width < 640 ? page.getByRole('tablist').first().getByRole('tab') : undefined
    if (tabs !== undefined) await expect(tabs.nth(3)).toBeVisible()
    if (tabs === undefined) await expect(page.locator('#panel-ladder-1')).toHaveAttribute('data-state', 'live')
    // Nothing was touched so far.
    const shifts = await shiftsOf(page)
    const told = shifts.map(({ value, sources }) => `${value.toFixed(4)}: ${sources.join('; ')}`).join('\n')
    expect(
      shifts.reduce((sum, { value }) => sum + value, 0),
      told,
    ).toBeLessThanOrEqual(0.02)
    for (let at = 0; at < ((await tabs?.count()) ?? 1); at += 1) {
      await tabs?.nth(at).click()
      await expect.poll(() => faults(page), `tab ${at}`).toEqual([])
      // Figures have changed since.
      expect(await faults(page), `tab ${at}`).toEqual([])
    }
  })

type Shift = { readonly value: number; readonly sources: readonly string[] }

/** What moved is told by what it was and where, since by the end of the test it may be gone. */
async function countShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    type Source = { readonly node: Node | null; readonly previousRect: DOMRect; readonly currentRect: DOMRect }
    const name = (node: Node | null): string => {
      if (!(node instanceof Element)) return node === null ? 'what is gone' : `“${node.textContent}”`
      const { id, className } = node.closest('[id]') ?? node
      return `${node.tagName.toLowerCase()}.${node.getAttribute('class')} in ${id || className}`
    }
    const box = ({ x, y, width, height }: DOMRect) => [x, y, width, height].map(Math.round).join(' ')
    const shifts: Shift[] = []
    Object.assign(window, { shifts })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, sources } = entry as unknown as { value: number; sources: readonly Source[] }
        const told = sources.map(
          ({ node, previousRect, currentRect }) => `${name(node)} from ${box(previousRect)} to ${box(currentRect)}`,
        )
        shifts.push({ value, sources: told })
      }
    }).observe({ type: 'layout-shift', buffered: true })
  })
}

async function shiftsOf(page: Page): Promise<readonly Shift[]> {
  return page.evaluate(() => (window as unknown as { shifts: Shift[] }).shifts)
}

/** What is wrong with the page as it stands, in words. */
async function faults(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    type Words = { readonly text: string; readonly element: Element; readonly box: DOMRect }
    const found: string[] = []
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} px wide`)

    /** Each text that is on the page, where its glyphs are. */
    const words: Words[] = []
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const element = node.parentElement
      const text = node.textContent?.trim() ?? ''
      if (
        element === null ||
        text === '' ||
        !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
      )
        continue
      if (element.closest('.visually-hidden, [popover]:not(:popover-open), option, script, style') !== null) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      const box = range.getBoundingClientRect()
      if (box.width > 0) words.push({ text, element, box })
    }

    /** The part of the page that an element may show itself in, and whether it says so where it is cut. */
    const windowOf = (element: Element): { box: DOMRect; isMarked: boolean; canScroll: boolean } => {
      let [left, top, right, bottom] = [0, 0, innerWidth, innerHeight]
      let isMarked = false
      let canScroll = false
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const { overflowX, overflowY, textOverflow } = getComputedStyle(at)
        if (overflowX === 'visible' && overflowY === 'visible') continue
        const box = at.getBoundingClientRect()
        if (textOverflow === 'ellipsis') isMarked = true
        if (overflowX === 'auto' || overflowX === 'scroll' || overflowY === 'auto' || overflowY === 'scroll')
          canScroll = true
        left = Math.max(left, box.left)
        top = Math.max(top, box.top)
        right = Math.min(right, box.right)
        bottom = Math.min(bottom, box.bottom)
      }
      return { box: new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top)), isMarked, canScroll }
    }

    const shown = words.flatMap((word) => {
      const { box, isMarked, canScroll } = windowOf(word.element)
      const { left, top, right, bottom } = word.box
      const seen = {
        left: Math.max(left, box.left),
        top: Math.max(top, box.top),
        right: Math.min(right, box.right),
        bottom: Math.min(bottom, box.bottom),
      }
      // Out of sight as a whole: it made room for what says more.
      if (seen.right - seen.left < 1 || seen.bottom - seen.top < 1) return []
      const isCut = right > box.right + 1 || left < box.left - 1
      const isNumber = /\d/.test(word.text)
      if (
        isCut &&
        !(isMarked && !isNumber) &&
        !(isMarked && word.element.closest('.pick, .name, .pair, h2, [role=tab]') !== null)
      )
        found.push(`cut: ${word.text} in ${word.element.className || word.element.tagName}`)
      // A list that scrolls has half a row at its end.
      if (!canScroll && (bottom > box.bottom + 3 || top < box.top - 3))
        found.push(`cut in height: ${word.text} in ${word.element.className}`)
      return [{ ...word, seen }]
    })

    shown.forEach((one, at) => {
      for (const other of shown.slice(at + 1)) {
        if (one.element.closest('.panel') !== other.element.closest('.panel')) continue
        const width = Math.min(one.seen.right, other.seen.right) - Math.max(one.seen.left, other.seen.left)
        const height = Math.min(one.seen.bottom, other.seen.bottom) - Math.max(one.seen.top, other.seen.top)
        // Rows scroll under the head of their table, which covers them.
        const isUnderHead = (one.element.closest('thead') === null) !== (other.element.closest('thead') === null)
        if (width > 2 && height > 4 && !isUnderHead) found.push(`${one.text} lies on ${other.text}`)
      }
    })
    return found
  })
}
