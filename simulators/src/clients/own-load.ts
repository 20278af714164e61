import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 10

/** What this process itself takes, since `mark` and since it was last asked. */
export class OwnLoad {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  #since = process.cpuUsage()
  #from = performance.now()
  #last = { cpu: process.cpuUsage(), at: performance.now() }

  mark(): void {
    this.#since = process.cpuUsage()
    this.#from = performance.now()
    this.#last = { cpu: this.#since, at: this.#from }
    this.#delay.enable()
    this.#delay.reset()
  }

  /** Share of a core since it was last asked. */
  lately(): number {
    const { cpu, at } = this.#last
    this.#last = { cpu: process.cpuUsage(), at: performance.now() }
    return share(process.cpuUsage(cpu), performance.now() - at)
  }

  /** Share of a core since `mark`, and how late the event loop was then. */
  total(): { readonly cpu: number; readonly loopP99Ms: number } {
    this.#delay.disable()
    const loopP99Ms = Math.max(0, this.#delay.percentile(99) / 1e6 - RESOLUTION_MS)
    return { cpu: share(process.cpuUsage(this.#since), performance.now() - this.#from), loopP99Ms }
  }
}

function share({ user, system }: NodeJS.CpuUsage, ms: number): number {
  return ms <= 0 ? 0 : (user + system) / 1000 / ms
}
