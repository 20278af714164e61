import type { Instrument, Micros } from '@depthcast/market'
import { toTicks } from '@depthcast/market'
import { isoMicros, list, object, price, quantity, type Raw, string, Unreadable } from '../wire.ts'

/** Most frames of a still market. */
export const HEARTBEAT = '{"channel":"heartbeat"}'
const LARGEST_CHECKSUM = 0xffff_ffff
/** A heartbeat says that the venue told everything until now, but no more than a second of it: they come every second. µs */
const PROVEN_BY_HEARTBEAT = 1_000_000

/** Levels `[{"price":62845.0,"qty":0.10000000}, …]` as flat ticks and lots, in their order. */
export function levelsIn(value: unknown, name: string, instrument: Instrument): number[] {
  const flat: number[] = []
  for (const entry of list(value, name)) {
    const level = object(entry, `a level of ${name}`)
    flat.push(price(level.price, instrument), quantity(level.qty, instrument))
  }
  return flat
}

/** Throws Unreadable where there is none. */
export function checksumIn(raw: Raw): number {
  const checksum = whole(raw.checksum, 'checksum')
  if (checksum > LARGEST_CHECKSUM) throw new Unreadable(`checksum ${checksum} is beyond 32 bits`)
  return checksum
}

/** Absent from snapshots and tickers until 2025. */
export function timeOf(raw: Raw): Micros | undefined {
  return raw.timestamp === undefined ? undefined : isoMicros(string(raw, 'timestamp'))
}

/** When the venue sent an answer. */
export function sentAt(answer: Raw): Micros | undefined {
  return answer.time_out === undefined ? undefined : isoMicros(string(answer, 'time_out'))
}

/** A whole number from 0 up, of its text. Throws Unreadable. */
export function whole(value: unknown, name: string): number {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
  if (!Number.isSafeInteger(number)) throw new Unreadable(`${name} is not a whole number`)
  return number
}

export function signedTicks(value: unknown, instrument: Instrument): number {
  return toTicks(String(value), instrument.tickSize)
}

/**
 * How far a socket has come by the venue's clock: what happened until then has been told on it, give or take a moment.
 *
 * Updates of books and answers carry a time, heartbeats none. In a still market only heartbeats come, and each moves it on by as long as it was
 * waited for. After a stall they come all at once, with the updates of the same time behind them: they prove no more than they are apart.
 */
export class SocketTime {
  #reached: Micros | undefined
  #heardAt = 0 as Micros

  /** Undefined before anything came that has a time. */
  get reached(): Micros | undefined {
    return this.#reached
  }

  /** Nothing is taken from what was said before: the venue's clock may have been set back. */
  told(time: Micros | undefined, now: Micros): void {
    if (time === undefined) return
    this.#reached = time
    this.#heardAt = now
  }

  heartbeat(now: Micros): void {
    if (this.#reached === undefined) return
    this.#reached = (this.#reached + Math.min(now - this.#heardAt, PROVEN_BY_HEARTBEAT)) as Micros
    this.#heardAt = now
  }
}
