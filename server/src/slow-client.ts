import { errorRow, ProtocolError } from '@depthcast/protocol'
import type { SlowClient } from './flow/slowness.ts'
import { type Grant, slowedTo, tooSlow } from './grant.ts'
import type { RateMs } from './pacer.ts'
import type { Session } from './session.ts'
import type { Subscription, ViewSpec } from './subscription.ts'

/** A session as its slowness sees it. */
export function slowClient(session: Session): SlowClient {
  const { log, metrics, hub } = session.context
  const { id, address, line } = session
  return {
    taken: () => line.taken,
    slowTo(rung) {
      log.info({ session: id, address, rateMs: rung ?? 'as granted' }, 'session.slowed')
      metrics.add('depthcast_slow_steps_total', 1, rung === undefined ? 'restored' : 'slowed')
      slowDown(session, rung)
      hub.settle()
    },
    warn(message, cutInMs) {
      const { code, slug } = errorRow('slow-client')
      metrics.add('depthcast_slow_steps_total', 1, 'warned')
      session.send({ type: 'error', code, slug, message, retryAfterMs: cutInMs })
      session.flush()
    },
    cut: (message) => cutSlow(session, message),
  }
}

export function cutSlow(session: Session, why: string): void {
  const { log, metrics } = session.context
  log.info({ session: session.id, address: session.address, why }, 'session.cut-slow')
  metrics.add('depthcast_slow_steps_total', 1, 'cut')
  session.cut(new ProtocolError('slow-client', why))
}

/**
 * Moves a session's views to what it can have with this rate as its fastest: down from what it asked for, or back up to it. The client is told of
 * each, and gets a whole message of it.
 *
 * A view stays where it is when the session holds the other one already: two of its subscriptions cannot become one.
 */
function slowDown(session: Session, rung: RateMs | undefined): void {
  for (const subscription of [...session.holdings.all.values()]) {
    const wanted = session.holdings.wanted(subscription)
    const spec = slowedTo(wanted, rung)
    if (spec.key === subscription.view.spec.key || holds(session, spec)) continue
    try {
      move(session, subscription, { spec, wanted })
    } catch (error) {
      session.context.log.warn({ err: error, session: session.id, view: spec.key }, 'session.not-moved')
    }
  }
}

function move(session: Session, was: Subscription, { spec, wanted }: Grant): void {
  const { maxAgeMs } = session.holdings.terms(was)
  const isPaused = was.place.at === 'paused'
  const now = session.holdings.hold(spec, isPaused)
  session.holdings.drop(was)
  session.holdings.setTerms(now, { wanted: wanted === spec ? undefined : wanted, maxAgeMs })
  const granted = session.holdings.granted(now)
  const why = spec === wanted ? 'this connection keeps up again' : tooSlow(session.dues.rung)
  session.send({ type: 'config', sub: now.view.id, was: was.view.id, granted, why })
  if (!isPaused) session.owe(now)
}

function holds(session: Session, { key, symbol }: ViewSpec): boolean {
  const view = session.context.hub.listings.get(symbol)?.views.get(key)
  return view !== undefined && session.holdings.of(view.id) !== undefined
}
