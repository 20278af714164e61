/** Events that are remembered. */
const KEPT = 20_000

/** Which of the exchange's events left the book as it was at a number of Coinbase's sequence, of which an event takes one or several. */
export class SequenceLog {
  /** By the event's own number modulo the length: the number of the message that changed the book. */
  readonly #sequences = new Uint32Array(KEPT)
  readonly #first: number
  #last: number

  constructor(seq: number, sequence: number) {
    this.#first = seq
    this.#last = seq
    this.note(seq, sequence)
  }

  /** Events come in order, without a hole. */
  note(seq: number, sequence: number): void {
    this.#last = seq
    this.#sequences[seq % KEPT] = sequence
  }

  /** Undefined for a number too long ago. */
  eventAt(sequence: number): number | undefined {
    const first = Math.max(this.#first, this.#last - KEPT + 1)
    for (let seq = this.#last; seq >= first; seq--) if (this.#sequences[seq % KEPT]! <= sequence) return seq
    return undefined
  }
}
