import {
  type ListAck,
  type ModifyAck,
  type PingAck,
  ProtocolError,
  parseList,
  parsePing,
  parseResume,
  parseUnsubscribe,
  type ResumeAck,
  type SubscribeAck,
  type UnsubscribeAck,
} from '@depthcast/protocol'
import type { Session } from './session.ts'
import { heldAs, modify, subscribe } from './subscribe.ts'

/** The ack of a request, and what happens once it is on its way. */
export type Answer = {
  readonly ack: SubscribeAck | ModifyAck | UnsubscribeAck | ListAck | PingAck | ResumeAck
  readonly after?: () => void
}

type Handler = (session: Session, payload: unknown) => Answer

const HANDLERS: ReadonlyMap<string, Handler> = new Map(
  Object.entries({ subscribe, modify, unsubscribe, list, ping, resume }),
)
/** What a client may ask for. Besides, it may `ack`, which is not answered. */
export const REQUEST_NAMES: readonly string[] = [...HANDLERS.keys()]

/** Carries out one request of a client. Throws ProtocolError for what it may not or cannot have. */
export function answer(session: Session, event: unknown, payload: unknown): Answer {
  const handler = typeof event === 'string' ? HANDLERS.get(event) : undefined
  if (handler === undefined)
    throw new ProtocolError('bad-request', `unknown request; known are ${REQUEST_NAMES.join(', ')}`)
  return handler(session, payload)
}

function unsubscribe(session: Session, payload: unknown): Answer {
  const { sub } = parseUnsubscribe(payload)
  const subs = [...new Set(typeof sub === 'number' ? [sub] : sub)]
  const held = subs.map((id) => heldAs(session, id))
  for (const subscription of held) session.holdings.drop(subscription)
  return { ack: { subs } }
}

function list(session: Session, payload: unknown): Answer {
  parseList(payload)
  const subs = [...session.holdings.all.values()].map((subscription) => ({
    sub: subscription.view.id,
    channel: subscription.view.spec.channel.name,
    symbol: subscription.view.spec.symbol,
    granted: session.holdings.granted(subscription),
    paused: subscription.place.at === 'paused',
  }))
  return { ack: { subs } }
}

function ping(session: Session, payload: unknown): Answer {
  return { ack: { t: parsePing(payload).t, serverTime: session.context.clock.now() } }
}

function resume(session: Session, payload: unknown): Answer {
  parseResume(payload)
  return { ack: { resume: session.resume() } }
}
