import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'
import { type CheckReport, check } from '../src/check.ts'
import { parseFault } from '../src/faults/spec.ts'
import { VirtualWorld } from '../src/virtual/world.ts'

// Where only a fresh book on a second socket shows that an update was lost, the frames that a failed book leaves hold both sockets.

/**
 * The struck market is the first to be asked for, a few seconds after it lost the update. Seeds are of losses that nothing else finds. The second
 * row's socket was opened for an earlier question, whose frames are long gone.
 */
const LOSSES = [
  { venue: 'kraken', fault: 'drop:kraken:symbol=BTC-USD:after=12500ms', rate: 2, seeds: [2, 3, 4] },
  { venue: 'kraken', fault: 'drop:kraken:symbol=BTC-USD:after=72500ms', rate: 2, seeds: [7, 8] },
  { venue: 'coinbase', fault: 'drop:coinbase:symbol=BTC-USD:after=146s', rate: 0.5, seeds: [1, 14, 34] },
].flatMap(({ seeds, ...loss }) => seeds.map((seed) => ({ ...loss, seed })))

type Loss = (typeof LOSSES)[number]
type Dumped = { readonly file: string; readonly instrument: string; readonly mismatches: readonly string[] }

/** Loses an update at a venue and gives the file that a fresh book's difference left behind, with what the feed said of it. */
async function dumped({ venue, fault, rate, seed }: Loss): Promise<Dumped> {
  const dumpDir = mkdtempSync(join(tmpdir(), 'depthcast-fresh-'))
  onTestFinished(() => rmSync(dumpDir, { recursive: true }))
  const mismatches: string[] = []
  let wake = (): void => {}
  const left: Readonly<Record<string, unknown>>[] = []
  const world = new VirtualWorld({
    seed,
    preset: 'crypto',
    rate,
    turnMs: 50,
    symbols: ['BTC-USD', 'ETH-USD', 'SOL-USD', 'FOO-USD'],
    venues: [venue],
    faults: [parseFault(fault)],
    dumps: {
      dumpDir,
      log: (event, fields) => {
        if (event.startsWith('feed.dump')) left.push(fields)
        wake()
      },
    },
    hear: (heard) => {
      if (heard.kind === 'error' && heard.error.code === 'FEED_ORACLE_MISMATCH') mismatches.push(heard.error.message)
    },
  })
  for (let second = 0; second < 200 && mismatches.length < 2; second++) await world.run(1_000)
  expect(mismatches).toHaveLength(2)
  while (left.length === 0) {
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
  expect(left).toMatchObject([{ reason: 'oracle' }])
  return { file: String(left[0]?.file), instrument: String(left[0]?.instrument), mismatches }
}

test.each(LOSSES)('after $fault with seed $seed the book that differs leaves a file that shows it', async (loss) => {
  const { file, instrument, mismatches } = await dumped(loss)
  expect(instrument).toBe(`${loss.venue}:BTC-USD`)
  const lines: string[] = []
  expect(await check([file], { json: true, write: (line) => lines.push(line) })).toBe(1)
  const report = JSON.parse(lines.join('')) as CheckReport
  expect(report).toMatchObject({ resyncs: 1, passed: false, checks: { oracle: { failed: 2 } } })
  expect(report.errors.map((error) => error.replace(/^\w+ /, ''))).toEqual(mismatches)
})
