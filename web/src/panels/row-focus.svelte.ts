import { tick } from 'svelte'

type Row = { readonly id: string }
type Reads = {
  /** All of them, in the order shown; not all need be in the page. */
  readonly rows: () => readonly Row[]
  /** The row that is the way in until one has the focus. */
  readonly selected: () => string | undefined
  /** How many rows fit. */
  readonly page: () => number
  /** While someone points at the rows or has the focus in them. */
  readonly onhold: (isHeld: boolean) => void
}

/**
 * The keyboard's way through the rows of a list: one of them is a tab stop, arrows walk, and the focus stays with its row when the order changes or
 * rows come and go. A row carries its id in `data-row`, and in it a button of the class `pick`.
 */
export class RowFocus {
  readonly #reads: Reads
  /** The row that has the focus. */
  #focused = $state<string | undefined>()
  #body: HTMLElement | undefined
  /** Which of its buttons has it, and where the row stood then. */
  #button = ''
  #place = 0

  constructor(reads: Reads) {
    this.#reads = reads
  }

  /** The one tab stop. */
  get entry(): string | undefined {
    const rows = this.#reads.rows()
    const wanted = this.#focused ?? this.#reads.selected()
    return rows.find(({ id }) => id === wanted)?.id ?? rows[0]?.id
  }

  /** Where the row with the focus stands; undefined where none has it. */
  get at(): number | undefined {
    if (this.#focused === undefined) return undefined
    const at = this.#reads.rows().findIndex(({ id }) => id === this.#focused)
    return at < 0 ? undefined : at
  }

  /** Hears what happens to the rows in this element. Their buttons are what the keyboard works on. */
  readonly attend = (body: HTMLElement): (() => void) => {
    this.#body = body
    const heard = new AbortController()
    const { signal } = heard
    body.addEventListener('keydown', (event) => void this.#key(event), { signal })
    body.addEventListener('focusin', ({ target }) => this.#came(target), { signal })
    body.addEventListener('focusout', () => this.#left(), { signal })
    body.addEventListener('pointerenter', () => this.#reads.onhold(true), { signal })
    body.addEventListener('pointerleave', () => this.#reads.onhold(this.#focused !== undefined), { signal })
    return () => heard.abort()
  }

  /** After the rows changed: the focus goes with a row that moved, and to the one that took the place of a row that left. */
  restore(): void {
    const rows = this.#reads.rows()
    const { activeElement } = document
    // A button that can do no more loses the focus as well, only later.
    const isLost = activeElement === document.body || activeElement?.matches(':disabled') === true
    if (this.#focused === undefined || !isLost) {
      this.#place = this.at ?? 0
      return
    }
    const next = rows[this.at ?? Math.min(this.#place, rows.length - 1)]
    const row = this.#row(next?.id)
    const same = row?.querySelector<HTMLElement>(`button[aria-label="${CSS.escape(this.#button)}"]:not(:disabled)`)
    const target = same ?? row?.querySelector<HTMLElement>('.pick')
    target?.focus()
  }

  #row(id = ''): HTMLElement | null | undefined {
    return this.#body?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)
  }

  #came(target: EventTarget | null): void {
    if (!(target instanceof HTMLElement)) return
    this.#focused = target.closest<HTMLElement>('[data-row]')?.dataset.row
    this.#button = target.ariaLabel ?? ''
    this.#reads.onhold(true)
  }

  /** Later: a row that is taken out of the page, or moved in it, loses the focus in the middle of that, and may have it back by then. */
  #left(): void {
    queueMicrotask(() => {
      if (this.#body?.contains(document.activeElement)) return
      this.#focused = undefined
      this.#reads.onhold(false)
    })
  }

  async #key(event: KeyboardEvent): Promise<void> {
    const step = STEPS[event.key]
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    const rows = this.#reads.rows()
    const wanted = step(this.at ?? 0, this.#reads.page())
    const next = rows[Math.min(rows.length - 1, Math.max(0, wanted))]
    if (next === undefined) return
    this.#focused = next.id
    await tick()
    const pick = this.#row(next.id)?.querySelector<HTMLElement>('.pick')
    pick?.focus({ preventScroll: true })
    pick?.scrollIntoView({ block: 'nearest' })
  }
}

const STEPS: Readonly<Record<string, (at: number, page: number) => number>> = {
  ArrowDown: (at) => at + 1,
  ArrowUp: (at) => at - 1,
  PageDown: (at, page) => at + page,
  PageUp: (at, page) => at - page,
  Home: () => 0,
  End: () => Number.POSITIVE_INFINITY,
}
