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
  #isWaiting = false
  #newest: string | undefined
  #kept: readonly string[] = []

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
    this.#newest = sentence
    this.#speakInTurn()
  }

  /** The same for what happens once: nothing takes its place, it is said along with whatever is newest by then. */
  keep(sentence: string): void {
    this.#kept = [...this.#kept, sentence]
    this.#speakInTurn()
  }

  #speakInTurn(): void {
    if (this.#isWaiting) return
    const wait = this.#spokenAt + this.#everyMs - this.#now()
    this.#isWaiting = wait > 0
    if (this.#isWaiting) this.#schedule(() => this.#speak(), wait)
    else this.#speak()
  }

  #speak(): void {
    const sentences = this.#newest === undefined ? this.#kept : [...this.#kept, this.#newest]
    this.#isWaiting = false
    this.#kept = []
    this.#newest = undefined
    this.#spokenAt = this.#now()
    this.#say(sentences.join('. '))
  }
}
