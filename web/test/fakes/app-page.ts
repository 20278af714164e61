import { flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach, expect } from 'vitest'
import { page } from 'vitest/browser'
import App from '../../src/App.svelte'
import { eventually } from './eventually.ts'
import { StandInEngine } from './stand-in-engine.ts'

export type AppPages = {
  /** The one of the test that runs. */
  readonly engine: StandInEngine
  /** The engine says that it is connected, and tells its instruments and a quote of each. */
  begun(): void
}

type Beginning = {
  /** Whether the engine has begun by then; otherwise it says nothing until the test lets it. */
  readonly isBegun?: boolean
  /** What has to be so before there is a page: the page's size is set and nothing is stored. */
  readonly before?: () => unknown
}

/** All panels are there: their programs come by themselves. */
export const fourPanels = (): void => expect(document.querySelectorAll('.panel')).toHaveLength(4)

/**
 * Begins each test of a file with the whole page on an engine that says what the test tells it to, once this is on the page (or this holds),
 * and ends it with none. What a file itself puts back after each test is put back after the page has gone if it says so before it calls this.
 */
export function appPages(
  until: string | (() => void),
  { isBegun = true, before = () => {} }: Beginning = {},
): AppPages {
  let engine: StandInEngine
  let app: ReturnType<typeof mount>
  const begun = (): void => {
    engine.start()
    flushSync()
  }
  beforeEach(async () => {
    localStorage.clear()
    await page.viewport(1440, 900)
    await before()
    engine = new StandInEngine()
    app = mount(App, { target: document.body, props: { desk: engine.desk } })
    if (isBegun) engine.start()
    flushSync()
    await eventually(() => {
      if (typeof until !== 'string') until()
      else if (document.querySelector(until) === null) throw new Error(`there is no ${until} yet`)
    })
  })
  afterEach(() => unmount(app))
  return {
    get engine() {
      return engine
    },
    begun,
  }
}

export function panelOf(id: string): HTMLElement {
  const panel = document.getElementById(`panel-${id}`)
  if (panel === null) throw new Error(`no panel ${id}`)
  return panel
}

/** Where each of these panels stands: left, top, width and height. */
export function boxesOf(ids: readonly string[]): Record<string, readonly number[]> {
  return Object.fromEntries(
    ids.map((id) => {
      const { left, top, width, height } = panelOf(id).getBoundingClientRect()
      return [id, [left, top, width, height]]
    }),
  )
}

/** What was rearranged stands where it belongs. */
export async function settled(): Promise<void> {
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame)
}
