import type { SubId } from '@depthcast/protocol'
import type { Line, Options } from './line.ts'
import { type Ask, keyOf } from './requests.ts'

/** The lines of a connection, by what was asked for and by what was granted. */
export class LineIndex {
  readonly #lines = new Set<Line>()
  readonly #byKey = new Map<string, Line>()
  readonly #bySub = new Map<SubId, Line>()

  get all(): Line[] {
    return [...this.#lines]
  }

  has(line: Line): boolean {
    return this.#lines.has(line)
  }

  of(ask: Ask): Line | undefined {
    return this.#byKey.get(keyOf(ask))
  }

  bySub(sub: SubId): Line | undefined {
    return this.#bySub.get(sub)
  }

  add(line: Line): void {
    this.#lines.add(line)
    this.#byKey.set(keyOf(line), line)
  }

  /** The line is what is asked for with these options, and with none it had before. */
  rekey(line: Line, options: Options): void {
    this.#unkey(line)
    line.options = options
    this.#byKey.set(keyOf(line), line)
  }

  /** Whoever asks for what `from` was asked for gets `to`. */
  redirect(from: Line, to: Line): void {
    for (const [key, held] of this.#byKey) if (held === from) this.#byKey.set(key, to)
  }

  bind(line: Line, sub: SubId): void {
    this.#bySub.set(sub, line)
  }

  /** Takes its sub from the line. Returns it, where it was the line's. */
  unbind(line: Line): SubId | undefined {
    const { sub } = line
    line.sub = undefined
    if (sub === undefined || this.#bySub.get(sub) !== line) return undefined
    this.#bySub.delete(sub)
    return sub
  }

  remove(line: Line): void {
    this.#unkey(line)
    if (line.sub !== undefined && this.#bySub.get(line.sub) === line) this.#bySub.delete(line.sub)
    this.#lines.delete(line)
  }

  #unkey(line: Line): void {
    for (const [key, held] of this.#byKey) if (held === line) this.#byKey.delete(key)
  }
}
