import type { EmulatorOutput } from './emulator.ts'

const NOTHING: readonly EmulatorOutput[] = []

/** What a conversation has done and not yet given to its host. Most of what it hears brings nothing, and costs no list. */
export class Outputs {
  #kept: EmulatorOutput[] = []

  push(...outputs: readonly EmulatorOutput[]): void {
    this.#kept.push(...outputs)
  }

  /** All of it, in order, and each only once. */
  take(): readonly EmulatorOutput[] {
    if (this.#kept.length === 0) return NOTHING
    const taken = this.#kept
    this.#kept = []
    return taken
  }
}
