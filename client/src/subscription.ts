import type { Instrument } from '@depthcast/market'
import type { Granted } from '@depthcast/protocol'
import type { Options } from './line.ts'
import type { SubscriptionStatus } from './state.ts'
import type { SubscriptionStats } from './stats.ts'
import type { StatusView } from './views/status.ts'

/** See StatusView. */
export type Integrity = Pick<StatusView, 'verified' | 'verifiedAt'>

/**
 * A live view of one instrument.
 *
 * A Svelte store (`subscribe`), an async iterable, and plain fields. `for await` gives the newest view each time: a slow loop skips what it
 * was too slow for, and a slow loop over trades or candles gets what it skipped merged into the next view. The loop ends with `close()`, and
 * throws ClientError when the subscription is refused.
 */
export type Subscription<View> = AsyncIterable<View> & {
  readonly symbol: string
  /** Its tick and lot size, once the server has answered. */
  readonly instrument: Instrument | undefined
  /** What the server gave, once it has answered. */
  readonly granted: Granted | undefined
  /** Why what the server gave is not what was asked for, in its words. `onStatus` is called when it changes, or what was granted does. */
  readonly why: string | undefined
  /** The newest view; the last good one while `status` is not live. It is never changed: each update makes a new one. */
  readonly current: View | undefined
  readonly status: SubscriptionStatus
  /** What stands behind the book at its source, as last told; undefined before anything was. */
  readonly integrity: Integrity | undefined
  /** Calls the listener at once with `current`, then with every new view. Returns what stops it. */
  subscribe(listener: (view: View | undefined) => void): () => void
  /** Calls the listener at once with `status`, then whenever it changes. Returns what stops it. */
  onStatus(listener: (status: SubscriptionStatus) => void): () => void
  /**
   * Changes the options named, keeps the others, and returns what was granted. `current` stays the former view until the first of the new.
   * Rejects with ClientError when it is refused: then all is as it was. While there is no connection it waits for one.
   */
  modify(options: Options): Promise<Granted>
  /** Stops the flow at the server; `current` stays. */
  pause(): void
  /** Lets it flow again, from a fresh snapshot. */
  resume(): void
  stats(): SubscriptionStats
  /** Ends it; loops over it end. */
  close(): void
}

/** Calls each listener, so that the failure of one is not the next one's: it surfaces as an uncaught error. */
export function callAll<Value>(listeners: ReadonlySet<(value: Value) => void>, value: Value): void {
  for (const listener of listeners) {
    try {
      listener(value)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

/** Adds a listener, which is called at once with what holds `now`. Returns what takes it away. */
export function listen<Value>(
  listeners: Set<(value: Value) => void>,
  listener: (value: Value) => void,
  now: Value,
): () => void {
  // A listener of its own each time, so that one function may listen twice.
  const own = (value: Value): void => listener(value)
  listeners.add(own)
  callAll(new Set([own]), now)
  return () => listeners.delete(own)
}
