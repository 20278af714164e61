import { type Position, ProtocolError, printResume, RESUME_LENGTH, type SubId } from '@depthcast/protocol'
import type { Clock } from '../clock.ts'
import type { Holdings } from '../holdings.ts'
import { TICKET_S, type Tickets, type TicketView } from './ticket.ts'

/** A ticket is written anew before its time is half over, so that one just handed out is always good for as long. */
const RENEW_S = TICKET_S / 2

/** One session's resume token: its ticket is written once and again only when what is held changes; the positions are as of now. */
export class ResumeToken {
  readonly #holdings: Holdings
  readonly #tickets: Tickets
  readonly #name: string
  readonly #clock: Clock
  #ticket: string | undefined
  /** The holdings that it is of. */
  #version = 0
  /** µs since 1970. */
  #renewAt = 0

  constructor(
    holdings: Holdings,
    { tickets, clock }: { readonly tickets: Tickets; readonly clock: Clock },
    name: string,
  ) {
    this.#holdings = holdings
    this.#tickets = tickets
    this.#clock = clock
    this.#name = name
  }

  /** Throws ProtocolError 422 where the session holds more than a token can carry. */
  text(): string {
    const now = this.#clock.now()
    const { version } = this.#holdings
    if (this.#ticket === undefined || this.#version !== version || now >= this.#renewAt) {
      this.#ticket = this.#tickets.issue(this.#name, this.#views())
      this.#version = version
      this.#renewAt = now + RENEW_S * 1e6
    }
    const text = printResume({ ticket: this.#ticket, positions: this.#positions() })
    if (text.length <= RESUME_LENGTH) return text
    const held = this.#holdings.all.size
    throw new ProtocolError(
      'unsupported',
      `the ${held} subscriptions do not fit into a token of ${RESUME_LENGTH} characters`,
    )
  }

  #positions(): ReadonlyMap<SubId, Position> {
    const positions = new Map<SubId, Position>()
    for (const [sub, subscription] of this.#holdings.all) {
      const position = subscription.view.positionOf(subscription)
      if (position !== undefined && position[1] > 0) positions.set(sub, position)
    }
    return positions
  }

  #views(): readonly TicketView[] {
    return [...this.#holdings.all].map(([sub, subscription]) => {
      const { channel, symbol, granted } = this.#holdings.wanted(subscription)
      const { maxAgeMs } = this.#holdings.terms(subscription)
      const options = maxAgeMs === undefined ? granted : { ...granted, maxAgeMs }
      return { sub, channel: channel.name, symbol, options, paused: subscription.place.at === 'paused' }
    })
  }
}
