/** One ping: when it was sent and answered by our clock, ms, and the server's clock in between, µs since 1970. */
export type Ping = { readonly sentAt: number; readonly answeredAt: number; readonly serverTime: number }

/** Pings compared: enough to catch a moment without queues, few enough to follow a drifting clock. */
const WINDOW = 12

/**
 * How far the server's clock is from ours, from the quickest of the last pings: the less time a ping took, the less can be between the true
 * offset and the middle of it. The error is at most half of `rttMs`.
 */
export class ClockOffset {
  readonly #pings: Ping[] = []
  #best: Ping | undefined

  /** A ping that cannot be of the same offset tells that a clock was set, or drifted that far: those before it count no more. */
  add(ping: Ping): void {
    if (this.#best !== undefined && Math.abs(offset(ping) - offset(this.#best)) > (took(ping) + took(this.#best)) / 2)
      this.#pings.length = 0
    this.#pings.push(ping)
    if (this.#pings.length > WINDOW) this.#pings.shift()
    this.#best = this.#pings.reduce((best, next) => (took(next) <= took(best) ? next : best))
  }

  /** On a new connection another server may answer. */
  reset(): void {
    this.#pings.length = 0
    this.#best = undefined
  }

  /** Undefined until measured. */
  get rttMs(): number | undefined {
    return this.#best && took(this.#best)
  }

  /** Server's minus ours, ms; undefined until measured. */
  get offsetMs(): number | undefined {
    return this.#best && offset(this.#best)
  }
}

/** If it took as long there as back. */
function offset({ sentAt, answeredAt, serverTime }: Ping): number {
  return serverTime / 1000 - (sentAt + answeredAt) / 2
}

function took({ sentAt, answeredAt }: Ping): number {
  return answeredAt - sentAt
}
