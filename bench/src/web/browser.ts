import { fileURLToPath } from 'node:url'
import { type Browser, type CDPSession, chromium, type Page } from '@playwright/test'
import { BenchError } from '../bench.ts'

/** What `in-page.js` has noted. Times in ms since the navigation. */
export type Noted = {
  readonly reports: Readonly<Record<string, PanelNote>>
  readonly connection: { readonly bytesPerSecond: number } | undefined
  readonly firstQuote: number | undefined
  readonly firstBook: number | undefined
  readonly largestPaint: number
  readonly shifts: number
  readonly longTasks: readonly (readonly [start: number, length: number])[]
  readonly framesAsked: number
  readonly frames: readonly number[]
}

/** What the engine says of a panel it paints. Latencies in ms, of the last ten seconds; NaN (null in JSON) unknown. */
type PanelNote = {
  readonly bytesPerSecond: number
  readonly paintP50: number | null
  readonly paintP99: number | null
  readonly latency?: { readonly way: number | null }
}

/** One visit: a page of its own, with nothing left over from others. */
export type Visit = {
  readonly page: Page
  /** Bytes that came over HTTP so far, as compressed, by path. */
  loaded(): Promise<ReadonlyMap<string, number>>
  noted(): Promise<Noted>
  /** Milliseconds of work on the page's main thread since it was opened. */
  busyMs(): Promise<number>
  /** Bytes on the JavaScript heaps of the page and of its worker, after their garbage was collected. */
  heapBytes(): Promise<number>
  close(): Promise<void>
}

export type Link = { readonly bytesPerSecond: number; readonly roundTripMs: number; readonly slowerCpu: number }

type Options = {
  readonly url: string
  readonly width: number
  readonly height: number
  readonly isPhone?: boolean
  /** The layout the page begins with, as it would have been stored. */
  readonly workspaces?: object
  readonly link?: Link
}

/** Debian's browser, or another that is named. */
// biome-ignore lint/style/noProcessEnv: the tests take the same variable
export const CHROMIUM_PATH = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

export async function launch(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync']
  try {
    return await chromium.launch({ executablePath: CHROMIUM_PATH, args })
  } catch (cause) {
    const message = `no browser at ${CHROMIUM_PATH}: install Debian's chromium, or name one by CHROMIUM_PATH`
    throw new BenchError('BENCH_NO_MACHINE', message, { cause })
  }
}

const IN_PAGE = fileURLToPath(new URL('./in-page.js', import.meta.url))

export async function visit(browser: Browser, options: Options): Promise<Visit> {
  const { url, width, height, isPhone = false, workspaces, link } = options
  // The page forbids programs made from text, and what waits in it here is one.
  const context = await browser.newContext({
    viewport: { width, height },
    hasTouch: isPhone,
    isMobile: isPhone,
    bypassCSP: true,
  })
  const page = await context.newPage()
  await page.addInitScript({ path: IN_PAGE })
  if (workspaces !== undefined) {
    const stored = JSON.stringify(JSON.stringify(workspaces))
    await page.addInitScript({ content: `localStorage.setItem('depthcast.workspaces.1', ${stored})` })
  }
  const session = await context.newCDPSession(page)
  const workers = await attachWorkers(session)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  if (link !== undefined) await slowDown(session, link)
  await page.goto(url, { waitUntil: 'commit' })
  return {
    page,
    loaded: async () => new Map((await Promise.all([send(session), ...workers].map(loadedBy))).flat()),
    noted: () => page.evaluate<Noted>('JSON.parse(JSON.stringify(depthcastBench))'),
    busyMs: async () => (await metric(session, 'TaskDuration')) * 1000,
    heapBytes: async () => (await heapOf(send(session))) + (await sum(workers.map((worker) => heapOf(worker)))),
    close: () => context.close(),
  }
}

async function slowDown(session: CDPSession, { bytesPerSecond, roundTripMs, slowerCpu }: Link): Promise<void> {
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: roundTripMs,
    downloadThroughput: bytesPerSecond,
    uploadThroughput: bytesPerSecond / 3,
  })
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowerCpu })
}

/** Of what was fetched, by the thread that fetched it: the worker's own program counts as the page's. */
const LOADED =
  "JSON.stringify(performance.getEntriesByType('resource').concat(self.document ? performance.getEntriesByType('navigation') : []).map((each) => [new URL(each.name).pathname, each.encodedBodySize]))"

async function loadedBy(ask: Send): Promise<readonly (readonly [path: string, bytes: number])[]> {
  const { result } = (await ask('Runtime.evaluate', { expression: LOADED })) as { readonly result: { value: string } }
  return JSON.parse(result.value) as [string, number][]
}

type Send = (method: string, params?: object) => Promise<unknown>

/** The worker's heap is its own: each worker is asked over a session inside the page's. */
async function attachWorkers(session: CDPSession): Promise<readonly Send[]> {
  const workers: Send[] = []
  let lastId = 0
  const waiting = new Map<number, (result: unknown) => void>()
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result } = JSON.parse(message) as { id?: number; result?: unknown }
    if (id === undefined) return
    waiting.get(id)?.(result)
    waiting.delete(id)
  })
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.type !== 'worker') return
    workers.push(async (method, params = {}) => {
      const id = ++lastId
      const answer = new Promise((resolve) => waiting.set(id, resolve))
      await session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) })
      return answer
    })
  })
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false })
  return workers
}

function send(session: CDPSession): Send {
  return (method, params) => session.send(method as 'Runtime.evaluate', params as { expression: string })
}

async function heapOf(ask: Send): Promise<number> {
  await ask('HeapProfiler.collectGarbage')
  return ((await ask('Runtime.getHeapUsage')) as { usedSize: number }).usedSize
}

async function metric(session: CDPSession, name: string): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find((each) => each.name === name)?.value ?? Number.NaN
}

async function sum(numbers: readonly Promise<number>[]): Promise<number> {
  return (await Promise.all(numbers)).reduce((all, each) => all + each, 0)
}
