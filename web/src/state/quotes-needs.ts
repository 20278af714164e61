/** What a person can follow. */
const RATE_MS = 250
/** Its header, and what its panels' titles tell. */
export const PAGE = 'page'
/** Its rules, with a panel or without. */
export const ALERTS = 'alerts'

/** Whose quotes the page needs, all together, and how far apart they may be: nobody else's are sent. */
export class QuoteNeeds {
  readonly #tell: (symbols: readonly string[], ratesMs: readonly number[]) => void
  readonly #needs = new Set<{ readonly symbols: readonly string[]; readonly rateMs: number; readonly who: string }>()
  #told = ''
  #isTelling = false

  /** `tell` hears the symbols, each once, whenever they or their rates are others than before. */
  constructor(tell: (symbols: readonly string[], ratesMs: readonly number[]) => void) {
    this.#tell = tell
  }

  /**
   * Asks for the quotes of these until the returned function is called; `rateMs` is the least time between two of them: the most impatient wins.
   * `who` needs them: a panel, or a part of the page.
   */
  add(symbols: readonly string[], rateMs = RATE_MS, who = PAGE): () => void {
    const need = { symbols, rateMs, who }
    this.#needs.add(need)
    this.#later()
    return () => {
      this.#needs.delete(need)
      this.#later()
    }
  }

  /** Who needs the quotes of this one. */
  users(symbol: string): ReadonlySet<string> {
    return new Set([...this.#needs].flatMap(({ symbols, who }) => (symbols.includes(symbol) ? [who] : [])))
  }

  /** Once all who need others by now have said so: what one drops another may take up. */
  #later(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    queueMicrotask(() => {
      this.#isTelling = false
      const rates = new Map<string, number>()
      for (const { symbols, rateMs } of this.#needs)
        for (const symbol of symbols) rates.set(symbol, Math.min(rateMs, rates.get(symbol) ?? rateMs))
      const wanted = [...rates].sort()
      const told = wanted.join()
      if (told === this.#told) return
      this.#told = told
      this.#tell(
        wanted.map(([symbol]) => symbol),
        wanted.map(([, rateMs]) => rateMs),
      )
    })
  }
}
