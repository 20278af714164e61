import { parseArgs } from 'node:util'
import { FAULT_VENUES } from '../simulators/src/faults/fault.ts'
import { growthOf } from '../simulators/src/virtual/heap.ts'
import { soak } from '../simulators/src/virtual/soak.ts'

/** From so many minutes on all that is kept for a while is full, and the heap is held to what it may still grow from the second third to the last. */
const WARM_FROM_MINUTES = 120
const MOST_GROWTH = 0.025
/** No venue may be silent for longer, of a market that is traded at this pace. */
const MOST_OLD_S = 60

/**
 * Thirty minutes of virtual time with every fault again and again on many markets, every book compared with the truth after every update. Exits with 1
 * where a book was wrong or stood still for long while it was marked right, is not the true one at the end, or, of two hours or more, where memory
 * grows.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    symbols: { type: 'string', default: '50' },
    venue: { type: 'string', multiple: true, default: [...FAULT_VENUES] },
    seed: { type: 'string', default: '7' },
    rate: { type: 'string', default: '0.5' },
    every: { type: 'string', default: '120' },
  },
})
const symbols = Array.from({ length: Number(values.symbols) }, (_, index) =>
  index === 0 ? 'BTC-USD' : index === 1 ? 'ETH-USD' : `S${String(index).padStart(2, '0')}-USD`,
)
const venues = FAULT_VENUES.filter((venue) => values.venue.includes(venue))
const minutes = Number(values.minutes)
const started = performance.now()
const report = await soak(
  { seed: Number(values.seed), symbols, venues, minutes, everyS: Number(values.every), rate: Number(values.rate) },
  (minute, world) => {
    const struck = world.host.faults.counts().reduce((sum, { count }) => sum + count, 0)
    const seconds = Math.round((performance.now() - started) / 1000)
    process.stderr.write(
      `minute ${minute}: ${world.host.events} order events, ${struck} faults, ${world.audit.wrongs.length} wrong, ${seconds} s\n`,
    )
  },
)
const { wrongs, heap, ...figures } = report
const growth = growthOf(heap)
const tenths = heap.filter((_, index) => (index + 1) % Math.ceil(minutes / 10) === 0)
const heapMiB = tenths.map((bytes) => Math.round(bytes / 2 ** 20))
process.stdout.write(
  `${JSON.stringify({ ...figures, wrong: wrongs.length, heapMiB, growthPercent: Math.round(growth * 1000) / 10 })}\n`,
)
for (const { instrument, at, because } of wrongs.slice(0, 20)) process.stdout.write(`${at} ${instrument} ${because}\n`)
const isGrowing = minutes >= WARM_FROM_MINUTES && growth > MOST_GROWTH
if (wrongs.length > 0 || report.lost.length > 0 || report.oldS > MOST_OLD_S || isGrowing) process.exitCode = 1
