import { flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach } from 'vitest'
import { page } from 'vitest/browser'
import App from '../../src/App.svelte'
import { eventually } from './eventually.ts'
import { StandInEngine } from './stand-in-engine.ts'

/**
 * Begins each test of a file with the whole page on an engine that says what the test tells it to, once this is on the page, and ends it with
 * none. The engine has said that it is connected, and told its instruments and a quote of each.
 */
export function appPages(until: string): { readonly engine: StandInEngine } {
  let engine: StandInEngine
  let app: ReturnType<typeof mount>
  beforeEach(async () => {
    localStorage.clear()
    await page.viewport(1440, 900)
    engine = new StandInEngine()
    app = mount(App, { target: document.body, props: { desk: engine.desk } })
    engine.start()
    flushSync()
    await eventually(() => {
      if (document.querySelector(until) === null) throw new Error(`there is no ${until} yet`)
    })
  })
  afterEach(() => unmount(app))
  return {
    get engine() {
      return engine
    },
  }
}
