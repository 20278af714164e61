import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '../free-port.ts'
import { MINI_BROWSER_PATH, WEBKIT_DRIVER_PATH, XVFB_RUN_PATH } from './installed.ts'
import type { Tab } from './tab.ts'

/** WebKit on a screen nobody sees; each tab is a browser of its own, as new as its first visit. */
export type WebKit = { tab(): Promise<Tab>; stop(): Promise<void> }

/** Source: W3C WebDriver, which WebKitGTK's driver speaks over HTTP; Playwright knows only its own builds of WebKit. */
export async function startWebKit(): Promise<WebKit> {
  const port = await freePort()
  // A group of its own: the driver, the screen and every browser end together.
  const screen = ['-a', '-s', '-screen 0 1600x1200x24']
  const driver = spawn(XVFB_RUN_PATH, [...screen, WEBKIT_DRIVER_PATH, `--port=${port}`], {
    detached: true,
    stdio: 'ignore',
  })
  const call = callerOf(`http://127.0.0.1:${port}`)
  await answers(call, driver)
  return {
    async tab() {
      const options = { binary: MINI_BROWSER_PATH, args: ['--automation'] }
      const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } }
      const { sessionId } = await call<{ sessionId: string }>('POST', '/session', { capabilities })
      const session: Call = (method, path, body) => call(method, `/session/${sessionId}${path}`, body)
      await session('POST', '/window/rect', { x: 0, y: 0, ...WINDOW })
      return tabOf(session)
    },
    async stop() {
      if (driver.pid === undefined || driver.exitCode !== null) return
      const gone = once(driver, 'exit')
      process.kill(-driver.pid)
      await gone
    },
  }
}

/** The page is as wide, and less high by what the browser has around it. */
const WINDOW = { width: 1440, height: 940 }

function tabOf(session: Call, handle?: string): Tab {
  /** Commands go to one of the windows, the one that was chosen last. */
  const here = async (): Promise<void> => {
    if (handle !== undefined) await session('POST', '/window', { handle })
  }
  return {
    async open(url) {
      await here()
      await session('POST', '/url', { url })
    },
    async run(work, argument) {
      await here()
      const script = `const done = arguments[1]
        Promise.resolve(arguments[0]).then(${work}).then((value) => done({ value }), (error) => done({ error: String(error) }))`
      type Done = { readonly value: never; readonly error?: string }
      const { value, error } = await session<Done>('POST', '/execute/async', { script, args: [argument ?? null] })
      if (error !== undefined) throw new Error(`in the page: ${error}`)
      return value
    },
    async press(keys) {
      await here()
      const codes = keys.split('+').map((key) => KEYS[key] ?? key)
      const actions = [
        ...codes.map((value) => ({ type: 'keyDown', value })),
        ...codes.toReversed().map((value) => ({ type: 'keyUp', value })),
      ]
      await session('POST', '/actions', { actions: [{ type: 'key', id: 'keys', actions }] })
    },
    async click(selector) {
      await here()
      const element = await session<Record<string, string>>('POST', '/element', {
        using: 'css selector',
        value: selector,
      })
      await session('POST', `/element/${Object.values(element)[0]}/click`, {})
    },
    async picture() {
      await here()
      return Buffer.from(await session<string>('GET', '/screenshot'), 'base64')
    },
    async opened() {
      const own = handle ?? (await session<string>('GET', '/window'))
      for (let tries = 0; tries < 100; tries += 1) {
        const other = (await session<string[]>('GET', '/window/handles')).find((each) => each !== own)
        if (other !== undefined) return tabOf(session, other)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      throw new Error('the page opened no window')
    },
    close: () => session('DELETE', ''),
  }
}

/** Source: W3C WebDriver, 17.4.2, the table of keys. */
const KEYS: Readonly<Record<string, string>> = {
  Tab: '\uE004',
  Enter: '\uE007',
  Shift: '\uE008',
  Control: '\uE009',
  Alt: '\uE00A',
  Escape: '\uE00C',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
}

type Call = <Value = void>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) => Promise<Value>

function callerOf(url: string): Call {
  return async (method, path, body) => {
    const reply = await fetch(url + path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
    const { value } = (await reply.json()) as { value: never }
    if (!reply.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value).slice(0, 500)}`)
    return value
  }
}

/** Until the driver takes calls. */
async function answers(call: Call, driver: ChildProcess): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await call('GET', '/status')
    } catch (error) {
      if (driver.exitCode !== null || tries > 300) throw new Error('WebKitWebDriver does not answer', { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
