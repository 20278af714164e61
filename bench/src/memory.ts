import { type Bench, namesOf, type Report, wholeNumbers } from './bench.ts'
import { idleReport } from './memory/idle.ts'
import { stalledReport } from './memory/stalled.ts'
import { requireMachine } from './processes.ts'

const PARTS = ['idle', 'stalled'] as const

/** What a client costs in memory who does nothing, and what one costs who takes nothing. */
export const memoryBench: Bench = {
  name: 'memory',
  summary: 'resident memory of an idle connection, and what a client holds who reads nothing for a minute',
  flags: {
    parts: { placeholder: '<names>', fallback: PARTS.join(','), help: `Of ${PARTS.join(', ')}.` },
    connections: { placeholder: '<n>', fallback: '5000', help: 'Idle connections, and then as many more.' },
    times: { placeholder: '<n>', fallback: '3', help: 'Times each server is started and filled; the medians count.' },
    stall: { placeholder: '<s>', fallback: '60', help: 'Seconds a client reads nothing.' },
  },
  async run(log, values) {
    const parts = namesOf(values, 'parts', PARTS)
    const [connections] = wholeNumbers(values, 'connections') as [number]
    const [times] = wholeNumbers(values, 'times') as [number]
    const [stall] = wholeNumbers(values, 'stall') as [number]
    const conditions = requireMachine(connections * 2)
    const reports: Report[] = []
    if (parts.includes('idle')) reports.push(await idleReport({ connections, times, conditions, log }))
    if (parts.includes('stalled')) reports.push(await stalledReport({ seconds: stall, conditions, log }))
    return reports
  },
}
