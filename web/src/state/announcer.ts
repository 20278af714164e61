/**
 * Decides what a polite live region says: at most one sentence in `everyMs`, and then the newest, so that a screen reader hears the state
 * that holds rather than the history of how it came about.
 */
export class Announcer {
  readonly #say: (sentence: string) => void
  readonly #everyMs: number
  readonly #schedule: (run: () => void, afterMs: number) => void
  readonly #now: () => number
  #spokenAt = Number.NEGATIVE_INFINITY
  #waiting: string | undefined

  constructor(options: {
    say: (sentence: string) => void
    everyMs?: number
    now?: () => number
    schedule?: (run: () => void, afterMs: number) => void
  }) {
    this.#say = options.say
    this.#everyMs = options.everyMs ?? 5000
    this.#now = options.now ?? Date.now
    this.#schedule = options.schedule ?? ((run, afterMs) => void setTimeout(run, afterMs))
  }

  /** Said now, or when the last sentence is old enough; a newer one takes its place. */
  announce(sentence: string): void {
    const wait = this.#spokenAt + this.#everyMs - this.#now()
    if (this.#waiting !== undefined) this.#waiting = sentence
    else if (wait <= 0) this.#speak(sentence)
    else {
      this.#waiting = sentence
      this.#schedule(() => this.#speakWaiting(), wait)
    }
  }

  #speakWaiting(): void {
    const sentence = this.#waiting
    this.#waiting = undefined
    if (sentence !== undefined) this.#speak(sentence)
  }

  #speak(sentence: string): void {
    this.#spokenAt = this.#now()
    this.#say(sentence)
  }
}
