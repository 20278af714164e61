import type { PanelId, PanelReport, ViewState } from '../engine/messages.ts'
import { describeState } from './describe.ts'

/** Which changes of panels' states a listener should hear of: trouble when it begins or becomes another, and its end. */
export class StateNews {
  readonly #known = new Map<PanelId, { readonly symbol: string; readonly kind: ViewState['kind'] }>()

  /** What to say of a report, if anything. Waiting for data says nothing: the trouble before it is over when there are data again. */
  of({ panel, symbol, state }: Pick<PanelReport, 'panel' | 'symbol' | 'state'>): string | undefined {
    const before = this.#known.get(panel)
    if (WAITING.has(state.kind) && before?.symbol === symbol) return undefined
    this.#known.set(panel, { symbol, kind: state.kind })
    // Of what was not on the page before there is no change to tell.
    if (before === undefined || before.symbol !== symbol || before.kind === state.kind) return undefined
    if (!isWell(state.kind)) return `${symbol} ${describeState(state).text}`
    return isWell(before.kind) ? undefined : `${symbol} is live again`
  }

  forget(panel: PanelId): void {
    this.#known.delete(panel)
  }
}

const WAITING: ReadonlySet<ViewState['kind']> = new Set(['loading', 'paused'])

function isWell(kind: ViewState['kind']): boolean {
  return kind === 'live' || kind === 'quiet' || WAITING.has(kind)
}

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
