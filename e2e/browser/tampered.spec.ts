import { expect, type Page, test } from '@playwright/test'
import { type Gateway, startGateway } from './gateway.ts'
import { type Mishap, startProxy } from './proxy.ts'
import { type Look, type Said, seenBy, Witness, watchPanel } from './witness.ts'
import { showing } from './workspace.ts'

// A market that moves at every look: what is wrong is noticed with the next update, and has every chance to be shown.
const SYMBOL = 'simulated:BTC-USD'
const LADDER = '#panel-ladder-1'
const WELL = /live|quiet/
/** What a resync is to take, ms; printed, since a busy machine may take longer. */
const RESYNC_MS = 300

let gateway: Gateway
test.beforeAll(async () => {
  gateway = await startGateway(['--feed', 'simulated', '--symbols', 'BTC-USD', '--seed', '5'])
})
test.afterAll(() => gateway.stop())

const CASES: readonly { readonly mishap: Mishap; readonly state: string; readonly says: RegExp }[] = [
  { mishap: 'dropped', state: 'gap', says: /^gap [\d,]+(–[\d,]+)? · resyncing$/ },
  { mishap: 'held back', state: 'gap', says: /^gap [\d,]+(–[\d,]+)? · resyncing$/ },
  { mishap: 'duplicated', state: 'invalid', says: /^chain broken, quarantined$/ },
  { mishap: 'altered', state: 'invalid', says: /^checksum mismatch, quarantined$/ },
]
for (const { mishap, state, says } of CASES) {
  test(`an update that was ${mishap} is said within a second, no wrong book is ever shown, and a right one is live again`, async ({
    page,
  }) => {
    const proxy = await startProxy(gateway.url)
    const witness = new Witness(gateway.url, SYMBOL)
    await page.goto(proxy.url)
    await expect(page.locator(LADDER)).toHaveAttribute('data-state', WELL)
    await expect.poll(() => witness.seq).toBeGreaterThan(0)
    await watchPanel(page, 'ladder-1')
    await expect.poll(async () => (await seenBy(page)).looks.length).toBeGreaterThan(5)

    for (let times = 1; times <= 3; times += 1) {
      proxy.next(mishap)
      await expect.poll(() => proxy.done).toBe(times)
      await expect.poll(async () => isWellSince((await seenBy(page)).said, proxy.doneAt)).toBe(true)
      await expectSaid(page, proxy.doneAt, { state, says })
      // A view that breaks again and again is resynced less and less at once.
      if (times === 1) await print(page, mishap)
    }
    await expectShownRight(page, witness)
    await expect(page.locator('[data-breaks]'), 'each was counted, and nothing else').toHaveAttribute(
      'data-breaks',
      '3',
    )
    witness.close()
    await proxy.close()
  })
}

/** Pictures of more levels than a ladder's, as many a side, in groups of as many ticks as their span makes at this price. */
const PICTURES = [
  { kind: 'depth', options: { rateMs: 100 }, depth: 300, grouping: 1000 },
  { kind: 'heatmap', options: { rateMs: 100 }, depth: 128, grouping: 1024 },
]
for (const { kind, options, depth, grouping } of PICTURES) {
  test(`whatever befalls an update on the way, the ${kind} panel says so within a second, and never shows a wrong book`, async ({
    page,
  }) => {
    const proxy = await startProxy(gateway.url, depth)
    const witness = new Witness(gateway.url, SYMBOL, { depth, grouping })
    const panel = page.locator(`#panel-${kind}-1`)
    await page.goto(proxy.url + showing([{ kind, options }], { '1': SYMBOL }))
    await expect(panel).toHaveAttribute('data-state', WELL)
    await expect.poll(() => witness.seq).toBeGreaterThan(0)
    await watchPanel(page, `${kind}-1`)
    await expect.poll(async () => (await seenBy(page)).looks.length).toBeGreaterThan(5)
    for (const [at, { mishap, state, says }] of CASES.entries()) {
      proxy.next(mishap)
      await expect.poll(() => proxy.done).toBe(at + 1)
      await expect.poll(async () => isWellSince((await seenBy(page)).said, proxy.doneAt), mishap).toBe(true)
      await expectSaid(page, proxy.doneAt, { state, says })
    }
    await expectShownRight(page, witness, 10)
    await expect(page.locator('[data-breaks]')).toHaveAttribute('data-breaks', String(CASES.length))
    witness.close()
    await proxy.close()
  })
}

test('a first book that was altered is never shown: the page has none until a right one came', async ({ page }) => {
  const proxy = await startProxy(gateway.url)
  const witness = new Witness(gateway.url, SYMBOL)
  await expect.poll(() => witness.seq).toBeGreaterThan(0)
  proxy.alterSnapshot()
  await page.goto(proxy.url)
  await expect(page.locator(LADDER)).toHaveAttribute('data-state', WELL)
  expect(proxy.done).toBe(1)
  await watchPanel(page, 'ladder-1')
  await expect.poll(async () => (await seenBy(page)).looks.length).toBeGreaterThan(3)
  await expectShownRight(page, witness)
  await expect(page.locator('[data-breaks]')).toHaveAttribute('data-breaks', '1')
  witness.close()
  await proxy.close()
})

test('a line that goes dumb is delayed within a second of the limit, then stale, and live again after', async ({
  page,
}) => {
  // Of its own: how soon a silence is noticed goes by the heartbeats.
  const beating = await startGateway(['--feed', 'simulated', '--symbols', 'BTC-USD', '--heartbeat', '1000'])
  const proxy = await startProxy(beating.url)
  const witness = new Witness(beating.url, SYMBOL)
  await page.goto(proxy.url)
  await expect(page.locator(LADDER)).toHaveAttribute('data-state', WELL)
  await watchPanel(page, 'ladder-1')
  await expect.poll(async () => (await seenBy(page)).looks.length).toBeGreaterThan(5)
  proxy.silence(true)
  const silentAt = Date.now()
  await expect(page.locator(LADDER)).toHaveAttribute('data-state', 'stale', { timeout: 20_000 })
  const { said } = await seenBy(page)
  const delayed = said.find((each) => each.at >= silentAt && !WELL.test(each.state))
  expect(delayed).toMatchObject({ state: 'delayed', text: expect.stringMatching(/^delayed \d\.\d s$/) })
  // Heartbeats are a second apart, so nothing is late before one and a half.
  expect((delayed?.at ?? Number.NaN) - silentAt).toBeLessThanOrEqual(1500 + 1000)
  await expect(page.locator(`${LADDER} .integrity .text`)).toHaveText(/^stale since \d\d:\d\d:\d\d/)
  proxy.silence(false)
  await expect(page.locator(LADDER)).toHaveAttribute('data-state', WELL, { timeout: 30_000 })
  await expectShownRight(page, witness)
  witness.close()
  await proxy.close()
  await beating.stop()
})

/** It was called something else after the mishap, and is called right again. */
function isWellSince(said: readonly Said[], at: number): boolean {
  const since = said.filter((each) => each.at >= at)
  return since.some(({ state }) => !WELL.test(state)) && WELL.test(since.at(-1)?.state ?? '')
}

/** What it was called first after the mishap, and that within a second. */
async function expectSaid(
  page: Page,
  mishapAt: number,
  { state, says }: { state: string; says: RegExp },
): Promise<void> {
  const { said } = await seenBy(page)
  const flag = said.find((each) => each.at >= mishapAt && !WELL.test(each.state))
  expect(flag).toMatchObject({ state, text: expect.stringMatching(says) })
  expect((flag?.at ?? Number.NaN) - mishapAt).toBeLessThanOrEqual(1000)
}

/** Every book that was on the page, whatever it was called, is the one the gateway had at its `seq`, in `least` levels a side or more. */
async function expectShownRight(page: Page, witness: Witness, least = 25): Promise<void> {
  const { looks } = await seenBy(page)
  const last = looks.at(-1)?.seq ?? Number.NaN
  await expect.poll(() => witness.seq).toBeGreaterThan(last)
  const compared = looks.filter((look) => witness.rowsAt(look.seq) !== undefined)
  expect(compared.length, 'the witness saw most of what the page showed').toBeGreaterThan(looks.length / 2)
  const isRight = ({ seq, rows }: Look): boolean => {
    const ask = rows.filter(([side]) => side === 'ask').length
    const bid = rows.length - ask
    return Math.min(ask, bid) >= least && JSON.stringify(rows) === JSON.stringify(witness.rowsAt(seq, { ask, bid }))
  }
  const wrong = compared.filter((look) => !isRight(look))
  expect(wrong.map(({ seq, state }: Look) => `${seq} ${state}`)).toEqual([])
}

/** The receipt knows how long the last break took. */
async function print(page: Page, mishap: Mishap): Promise<void> {
  await page.locator(`${LADDER} .integrity`).click()
  const last = page.locator(`${LADDER}-proof dd`).last()
  await expect(last).toContainText('right again after')
  console.log(`${mishap}: ${await last.textContent()} (budget ${RESYNC_MS} ms)`)
  await page.keyboard.press('Escape')
}
