const MOST_RUNS = 1000

/** Which of the exchange's events an update id stands for. They are the same numbers until a fault of the venue's own skips some, or begins again. */
export class UpdateIds {
  /** From event `seq` on, which is `id` here, both count on alike. */
  readonly #runs: { readonly id: number; readonly seq: number }[] = []

  /** Another run begins: this event has this id. */
  begin(id: number, seq: number): void {
    this.#runs.push({ id, seq })
    if (this.#runs.length > MOST_RUNS) this.#runs.shift()
  }

  /** The newest event up to `last` that had this id; undefined where none had. */
  eventAt(id: number, last: number): number | undefined {
    let until = last
    for (const run of this.#runs.toReversed()) {
      const seq = run.seq + id - run.id
      if (id >= run.id && seq <= until) return seq
      until = run.seq
    }
    return undefined
  }
}
