import type { Log } from '../../src/logger.ts'

export type Line = {
  readonly level: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A log that keeps its lines. */
export class FakeLog implements Log {
  readonly lines: Line[] = []
  readonly fatal = this.#at('fatal')
  readonly error = this.#at('error')
  readonly warn = this.#at('warn')
  readonly info = this.#at('info')
  readonly debug = this.#at('debug')
  readonly trace = this.#at('trace')

  of(event: string): readonly Line[] {
    return this.lines.filter((line) => line.event === event)
  }

  #at(level: string) {
    return (fields: Readonly<Record<string, unknown>>, event: string): void => {
      this.lines.push({ level, event, fields })
    }
  }
}
