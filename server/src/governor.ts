import type { Cancel, Clock } from './clock.ts'
import type { Log } from './logger.ts'
import type { Floor } from './pacer.ts'

/** What the gateway may carry before its clients get less, evenly. 0 for no such bound. */
export type Targets = {
  /** Milliseconds that the event loop may run late, at the 99th percentile. */
  readonly delayMs: number
  /** Bytes a second to all clients together. */
  readonly bytesPerSecond: number
}

/** How much there is to carry. */
type Load = {
  /** Milliseconds that the event loop ran late since the last call, at the 99th percentile. */
  lateMs(): number
  /** Bytes handed to clients so far. */
  bytes(): number
}

export type GovernorOptions = {
  readonly clock: Clock
  readonly log: Log
  readonly targets: Targets
  readonly load: Load
  readonly apply: (floor: Floor) => void
}

/** No view is published faster than this, rung by rung. */
const RUNGS = [0, 100, 250, 500, 1000] as const satisfies readonly Floor[]
const LOOK_MS = 1000
/** Looks in a row over a target before the floor rises: one may be a pause of the garbage collector. */
const LOOKS_OVER = 2
/** Looks in a row well under the targets before the floor sinks. Twice as many each time that it sank too soon, up to the last. */
const LOOKS_CALM = 10
const MOST_LOOKS_CALM = 320
/** Well under: below this part of a target. One rung down may cost more than twice the work, and bytes in proportion. */
const CALM = { late: 0.5, bytes: 0.8 }

/**
 * Raises a floor under all rates while the gateway carries more than it should, and lowers it again, one rung at a time: the fastest views are
 * slowed first, and everyone of one rate alike.
 */
export class Governor {
  readonly #options: GovernorOptions
  #cancel: Cancel | undefined
  #rung = 0
  #over = 0
  #calm = 0
  #patience = LOOKS_CALM
  #looksSinceSunk = Number.POSITIVE_INFINITY
  #bytes = 0
  #at = 0

  constructor(options: GovernorOptions) {
    this.#options = options
  }

  /** Begins to look, once a second. Without a target there is nothing to look for. */
  start(): void {
    const { clock, load, targets } = this.#options
    if (targets.delayMs === 0 && targets.bytesPerSecond === 0) return
    load.lateMs()
    this.#bytes = load.bytes()
    this.#at = clock.now()
    this.#schedule()
  }

  stop(): void {
    this.#cancel?.()
  }

  #schedule(): void {
    this.#cancel = this.#options.clock.after(LOOK_MS, () => {
      this.#look()
      this.#schedule()
    })
  }

  #look(): void {
    const { clock, load, targets } = this.#options
    const now = clock.now()
    const bytes = load.bytes()
    // A wall clock that was set back is a look like any other.
    const seconds = Math.max(LOOK_MS / 1000, (now - this.#at) / 1e6)
    const late = share(load.lateMs(), targets.delayMs)
    const sent = share((bytes - this.#bytes) / seconds, targets.bytesPerSecond)
    this.#bytes = bytes
    this.#at = now
    this.#looksSinceSunk++
    this.#over = late > 1 || sent > 1 ? this.#over + 1 : 0
    this.#calm = late < CALM.late && sent < CALM.bytes ? this.#calm + 1 : 0
    if (this.#over >= LOOKS_OVER && this.#rung < RUNGS.length - 1) this.#raise()
    else if (this.#calm >= this.#patience && this.#rung > 0) this.#sink()
  }

  #raise(): void {
    const sankTooSoon = this.#looksSinceSunk <= this.#patience
    this.#patience = sankTooSoon ? Math.min(MOST_LOOKS_CALM, this.#patience * 2) : LOOKS_CALM
    this.#move(1)
  }

  #sink(): void {
    this.#looksSinceSunk = 0
    this.#move(-1)
  }

  #move(by: 1 | -1): void {
    this.#rung += by
    this.#over = 0
    this.#calm = 0
    const floor = RUNGS[this.#rung] ?? 0
    this.#options.log.warn({ floorMs: floor }, by > 0 ? 'governor.slowed' : 'governor.restored')
    this.#options.apply(floor)
  }
}

/** What part of a target this is; none of one that is off. */
function share(value: number, target: number): number {
  return target === 0 ? 0 : value / target
}
