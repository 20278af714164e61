import { parseArgs } from 'node:util'
import { FAULT_VENUES } from '../simulators/src/faults/fault.ts'
import { soak } from '../simulators/src/virtual/soak.ts'

/**
 * Thirty minutes of virtual time with every fault again and again on many markets, every book compared with the truth after every update. Exits with 1
 * where a book was wrong while it was marked right, or is not the true one at the end.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    symbols: { type: 'string', default: '50' },
    venue: { type: 'string', multiple: true, default: [...FAULT_VENUES] },
    seed: { type: 'string', default: '7' },
    rate: { type: 'string', default: '0.5' },
  },
})
const symbols = Array.from({ length: Number(values.symbols) }, (_, index) =>
  index === 0 ? 'BTC-USD' : index === 1 ? 'ETH-USD' : `S${String(index).padStart(2, '0')}-USD`,
)
const venues = FAULT_VENUES.filter((venue) => values.venue.includes(venue))
const started = performance.now()
const report = await soak(
  { seed: Number(values.seed), symbols, venues, minutes: Number(values.minutes), rate: Number(values.rate) },
  (minute, world) => {
    const struck = world.host.faults.counts().reduce((sum, { count }) => sum + count, 0)
    const seconds = Math.round((performance.now() - started) / 1000)
    process.stderr.write(
      `minute ${minute}: ${world.host.events} order events, ${struck} faults, ${world.audit.wrongs.length} wrong, ${seconds} s\n`,
    )
  },
)
const { wrongs, heap, ...figures } = report
process.stdout.write(
  `${JSON.stringify({ ...figures, wrong: wrongs.length, heapMiB: heap.map((bytes) => Math.round(bytes / 2 ** 20)) })}\n`,
)
for (const { instrument, at, because } of wrongs.slice(0, 20)) process.stdout.write(`${at} ${instrument} ${because}\n`)
if (wrongs.length > 0 || report.lost.length > 0) process.exitCode = 1
