import type { Browser, BrowserContext, Page } from '@playwright/test'

/** A page in a browser, whichever it is: what the smoke needs of Playwright and of WebDriver, and no more. */
export type Tab = {
  open(url: string): Promise<void>
  /** Runs the function in the page; it and what it takes and gives are copied, so it sees nothing from here. */
  run<Argument, Result>(work: (argument: Argument) => Result | Promise<Result>, argument: Argument): Promise<Result>
  /** `r`, `Escape`, `Control+k`: as real keys. */
  press(keys: string): Promise<void>
  /** A real pointer's, in the middle of the first such element. */
  click(selector: string): Promise<void>
  /** A PNG of the whole page, as a person sees it. */
  picture(): Promise<Buffer>
  /** The window that the page opened. */
  opened(): Promise<Tab>
  close(): Promise<void>
}

export async function firefoxTab(browser: Browser): Promise<Tab> {
  // What Firefox cannot be told is not asked of it.
  const untold = { colorScheme: null, reducedMotion: null, forcedColors: null, contrast: null } as const
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...untold })
  return tabOf(await context.newPage(), context)
}

function tabOf(page: Page, context: BrowserContext): Tab {
  return {
    open: async (url) => void (await page.goto(url)),
    run: (work, argument) => page.evaluate(work as never, argument as never),
    press: (keys) => page.keyboard.press(keys),
    click: (selector) => page.locator(selector).first().click(),
    picture: () => page.screenshot(),
    async opened() {
      const other = (): Page | undefined => context.pages().find((each) => each !== page)
      return tabOf(other() ?? (await context.waitForEvent('page')), context)
    },
    close: () => context.close(),
  }
}
