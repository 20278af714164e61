import { BenchError } from '../bench.ts'
import type { Connect, LoadOrder, LoadWord, Received } from '../load/order.ts'
import { LOAD_CORE, startNode } from '../processes.ts'

/** The clients of one server, in a process of their own. */
export type Load = {
  readonly pid: number
  connect(order: Omit<Connect, 'op'>): Promise<void>
  slow(stalled: number, trickling: number): Promise<void>
  wake(): Promise<void>
  /** Forgets what was received so far. */
  reset(): Promise<void>
  report(): Promise<Received>
  /** Cuts every connection at once. */
  cut(): Promise<void>
  end(): Promise<void>
}

export function startLoad(): Load {
  const child = startNode(new URL('../load/main.ts', import.meta.url), [], LOAD_CORE)

  async function order(order: LoadOrder): Promise<LoadWord> {
    const answer = child.next((word) => word as LoadWord)
    child.send(order)
    const word = await answer
    if ('failed' in word) throw new BenchError('BENCH_VOID', `a load client failed at ${order.op}: ${word.failed}`)
    return word
  }

  return {
    pid: child.pid,
    async connect(options) {
      await order({ op: 'connect', ...options })
    },
    async slow(stalled, trickling) {
      await order({ op: 'slow', stalled, trickling })
    },
    async wake() {
      await order({ op: 'wake' })
    },
    async reset() {
      await order({ op: 'reset' })
    },
    async report() {
      return ((await order({ op: 'report' })) as Extract<LoadWord, { received: Received }>).received
    },
    async cut() {
      await order({ op: 'cut' })
    },
    async end() {
      // Reset, not closed: closed ones would keep their ports for a minute.
      await order({ op: 'cut' }).catch(() => {})
      await child.end()
    },
  }
}
