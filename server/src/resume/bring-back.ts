import { type ResumedView, readResume, type WireError } from '@depthcast/protocol'
import { refusal } from '../refusal.ts'
import type { Session } from '../session.ts'
import { begin, take } from '../subscribe.ts'
import type { Subscription } from '../subscription.ts'

/** What came of a client's resume token. */
export type BroughtBack = {
  /** Each view of the token, in its order; undefined where there was no token, or none that counts. */
  readonly resumed?: readonly ResumedView[]
  /** Why the token does not count. */
  readonly refused?: WireError
  /** Sends what the views owe; to be called once the client has been told of them. */
  begin(): void
}

/**
 * Gives a client back what it held on its last connection, at whichever gateway that was: each view as a subscribe request for it would be
 * answered now, limits and rights included, so one that cannot be had any more fails alone. Never throws: a token that does not count is no reason
 * to turn a client away.
 */
export function bringBack(session: Session, token: string | undefined): BroughtBack {
  if (token === undefined) return { begin: () => {} }
  try {
    const { ticket, positions } = readResume(token)
    const views = session.context.tickets.read(ticket, session.visitor.identity.name)
    const held = new Set<Subscription>()
    const resumed = views.map(({ sub, channel, symbol, options, paused }) => {
      const since = positions.get(sub) ?? null
      const result = take(session, { ...options, channel, symbol, since, paused, hints: 0, charge: 1 }, held)
      return { channel, was: sub, paused, ...result }
    })
    return { resumed, begin: () => begin(session, held) }
  } catch (error) {
    session.context.metrics.add('depthcast_resumes_total', 1, 'refused')
    return { refused: refusal(error), begin: () => {} }
  }
}
