import type { InstrumentId, Micros, VenueEvent } from '@depthcast/market'
import { Handover } from './handover.ts'
import { PublishedByInstrument } from './published.ts'

/** How long a connection that gave way is still listened to, for trades that its successor was not subscribed to yet. */
export const DRAIN_MS = 3_000

/** What a link calls its nth connection, from 1 on: `kraken`, `kraken~2`. By this a recording shows which took over from which. */
export function connectionName(link: string, n: number): string {
  return n === 1 ? link : `${link}~${n}`
}

/** The link that a connection of this name serves. */
export function linkOf(connection: string): string {
  return connection.replace(/~\d+$/, '')
}

/**
 * Which of a link's connections is heard: one, or around a roll two. A recording is played through the same code as the live link, so that the
 * same frames give the same events.
 *
 * What a successor says stays unseen until every book that is live on the current one is live there; then it is current, and of the one before it
 * only trades are heard that were not told yet.
 */
export class Succession<Connection> {
  readonly #instruments: readonly InstrumentId[]
  readonly #published = new PublishedByInstrument()
  #current: Connection
  #next: { readonly connection: Connection; readonly handover: Handover } | undefined
  #leaving: Connection | undefined

  constructor(instruments: readonly InstrumentId[], first: Connection) {
    this.#instruments = instruments
    this.#current = first
  }

  get current(): Connection {
    return this.#current
  }

  get successor(): Connection | undefined {
    return this.#next?.connection
  }

  /** The one before the current one, for as long as it is listened to. */
  get leaving(): Connection | undefined {
    return this.#leaving
  }

  /** A second connection is being opened. One that was to follow before is forgotten. */
  prepare(connection: Connection): void {
    this.#next = { connection, handover: new Handover(this.#instruments, this.#published) }
  }

  /** Takes in what a connection says. Whether it is to be published, now. */
  take(from: Connection, event: VenueEvent): boolean {
    if (from === this.#next?.connection) {
      this.#next.handover.take(event)
      return false
    }
    if (this.#leaving !== undefined) {
      // Both tell the same trades for a while, and of all else only the newer one counts.
      if (event.kind === 'trade' && this.#published.of(event.instrument).knows(event.tradeId)) return false
      if (from === this.#leaving && (event.kind !== 'trade' || event.backfilled !== undefined)) return false
    }
    this.told(event)
    return true
  }

  /** An event was published that no connection said. */
  told(event: VenueEvent): void {
    this.#published.of(event.instrument).take(event)
  }

  /** Goes over to the successor if it is ready, and gives what is to be published before anything else of it; undefined while it is not. */
  switch(now: Micros): readonly VenueEvent[] | undefined {
    if (this.#next === undefined || !this.#next.handover.isReady(now)) return undefined
    const { connection, handover } = this.#next
    const events = handover.switch(now)
    for (const event of events) this.told(event)
    this.#leaving = this.#current
    this.#current = connection
    this.#next = undefined
    return events
  }

  /** The current connection is lost and will reconnect: gives who was to follow it, and now is not to. */
  dropSuccessor(): Connection | undefined {
    const dropped = this.#next?.connection
    this.#next = undefined
    return dropped
  }

  /** The connection that gave way is gone. */
  left(connection: Connection): void {
    if (this.#leaving === connection) this.#leaving = undefined
  }
}
