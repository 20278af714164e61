import type { Place } from './subscription.ts'
import type { Frames } from './view-frames.ts'

type Behind = Extract<Place, { at: 'behind' }>

/** Places whose catch-ups are kept. Those who lose their connection together stand at one; those who read slowly, anywhere. */
const PLACES_KEPT = 16

/** What leads from where clients stand to what was last published, made once for all who stand there. */
export class CatchUps {
  readonly #kept = new Map<string, Frames>()

  from({ epoch, seq, updates, feedLost, reason }: Behind, make: () => Frames | undefined): Frames | undefined {
    const key = `${epoch}.${seq}.${updates}.${feedLost}.${reason}`
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    const made = make()
    if (made === undefined) return undefined
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size < PLACES_KEPT) break
      this.#kept.delete(oldest)
    }
    this.#kept.set(key, made)
    return made
  }

  /** The view moved on. */
  clear(): void {
    if (this.#kept.size > 0) this.#kept.clear()
  }
}
