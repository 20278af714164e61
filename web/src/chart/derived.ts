import type { Bar } from '../engine/messages.ts'

/** Makes one value of each bar, in order; `replace` says that the bar takes the place of the one pushed last. */
export type Fold<Value> = (bar: Bar, replace: boolean) => Value

/**
 * One value for each bar, where a value may depend on all bars before it: an average, or the direction since the bar before. The last bar may
 * move as often as it likes: it always counts once. What changed before the last has all values made anew.
 */
export class Derived<Value> {
  readonly #make: () => Fold<Value>
  #fold: Fold<Value>
  #values: Value[] = []

  constructor(make: () => Fold<Value>) {
    this.#make = make
    this.#fold = make()
  }

  /** As many as bars, oldest first. */
  get values(): readonly Value[] {
    return this.#values
  }

  set(bars: readonly Bar[]): void {
    this.#fold = this.#make()
    this.#values = bars.map((bar) => this.#fold(bar, false))
  }

  /** The last bar moved. */
  move(bar: Bar): Value {
    const value = this.#fold(bar, this.#values.length > 0)
    this.#values.splice(-1, 1, value)
    return value
  }

  /** A new bar began. */
  next(bar: Bar): Value {
    const value = this.#fold(bar, false)
    this.#values.push(value)
    return value
  }
}
