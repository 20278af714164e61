import { UnitError } from '@depthcast/market'
import {
  channel,
  type ListAck,
  type ModifyAck,
  type PingAck,
  ProtocolError,
  parseList,
  parseModify,
  parsePing,
  parseSubscribe,
  parseUnsubscribe,
  type SubId,
  type Subscribe,
  type SubscribeAck,
  type SubscribeResult,
  type UnsubscribeAck,
  type WireError,
} from '@depthcast/protocol'
import { grant } from './grant.ts'
import { listingOf } from './hub.ts'
import type { Listing } from './listing.ts'
import type { Session } from './session.ts'
import type { Subscription } from './subscription.ts'

/** The ack of a request, and what happens once it is on its way. */
export type Answer = {
  readonly ack: SubscribeAck | ModifyAck | UnsubscribeAck | ListAck | PingAck
  readonly after?: () => void
}

type Handler = (session: Session, payload: unknown) => Answer

const HANDLERS: ReadonlyMap<string, Handler> = new Map(Object.entries({ subscribe, modify, unsubscribe, list, ping }))
/** Unknown symbols of one request that are told what they may have meant: looking is not free, and a request may name hundreds. */
const HINTED = 3
/** What a client may ask for. */
export const REQUEST_NAMES: readonly string[] = [...HANDLERS.keys()]

/** Carries out one request of a client. Throws ProtocolError for what it may not or cannot have. */
export function answer(session: Session, event: unknown, payload: unknown): Answer {
  const handler = typeof event === 'string' ? HANDLERS.get(event) : undefined
  if (handler === undefined)
    throw new ProtocolError('bad-request', `unknown request; known are ${REQUEST_NAMES.join(', ')}`)
  return handler(session, payload)
}

/** What a client is told of an error: its own mistake in full, ours without a word about our insides. */
export function refusal(error: unknown): WireError {
  if (error instanceof ProtocolError) return error.toWire()
  if (error instanceof UnitError)
    return new ProtocolError('unsupported', `${error.message}; choose a finer grouping`).toWire()
  return new ProtocolError('internal', 'the server failed on this request').toWire()
}

function subscribe(session: Session, payload: unknown): Answer {
  const parts = parseSubscribe(payload)
  const { symbolsPerRequest } = session.context.limits
  const symbols = parts.flatMap((part) => ('error' in part ? [] : part.symbols))
  if (symbols.length > symbolsPerRequest) {
    throw new ProtocolError(
      'symbol-limit',
      `${symbols.length} symbols in one request, at most ${symbolsPerRequest} are allowed`,
    )
  }
  const held = new Set<Subscription>()
  const { listings } = session.context.hub
  const hinted = new Set(symbols.filter((symbol) => !listings.has(symbol)).slice(0, HINTED))
  const results = parts.flatMap((part) =>
    'error' in part
      ? [{ symbol: part.alias, error: part.error.toWire() }]
      : part.symbols.map((symbol) => subscribeOne(session, part, { symbol, hints: hinted.has(symbol) ? 3 : 0 }, held)),
  )
  return { ack: { results }, after: () => begin(session, held) }
}

/** One bad symbol fails alone. */
function subscribeOne(
  session: Session,
  request: Subscribe,
  { symbol, hints }: { readonly symbol: string; readonly hints: number },
  held: Set<Subscription>,
): SubscribeResult {
  try {
    const listing = listingOf(session.context.hub, symbol, hints)
    const { spec, why } = grant(channel(request.channel), listing.instrument.id, request, session.context.limits)
    const isNew = !session.subscriptions.has(listing.views.get(spec.key)?.id ?? -1)
    if (isNew) refuseMore(session)
    const subscription = session.hold(spec)
    held.add(subscription)
    const { id, tickSize, lotSize } = listing.instrument
    const result = {
      sub: subscription.view.id,
      symbol: id,
      tick: tickSize.text,
      lot: lotSize.text,
      granted: spec.granted,
    }
    return why === undefined ? result : { ...result, why }
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof UnitError))
      session.context.log.error({ err: error, symbol }, 'session.subscribe-failed')
    return { symbol, error: refusal(error) }
  }
}

function modify(session: Session, payload: unknown): Answer {
  const { sub, paused, ...options } = parseModify(payload)
  const was = heldAs(session, sub)
  const { spec: old, listing } = was.view
  const isPaused = paused ?? was.place.at === 'paused'
  const { spec, why } = grant(
    old.channel,
    listing.instrument.id,
    { ...old.granted, ...options },
    session.context.limits,
  )
  const now = spec.key === old.key ? was : session.hold(spec, isPaused)
  if (now !== was) session.drop(was)
  const wasPaused = now.place.at === 'paused'
  if (isPaused && !wasPaused) session.pause(now)
  if (!isPaused && wasPaused) now.view.restart(now)
  const ack: ModifyAck = {
    sub: now.view.id,
    was: sub,
    granted: spec.granted,
    paused: isPaused,
    ...(why === undefined ? {} : { why }),
  }
  return isPaused ? { ack } : { ack, after: () => session.owe(now) }
}

function unsubscribe(session: Session, payload: unknown): Answer {
  const { sub } = parseUnsubscribe(payload)
  const subs = [...new Set(typeof sub === 'number' ? [sub] : sub)]
  const held = subs.map((id) => heldAs(session, id))
  for (const subscription of held) session.drop(subscription)
  return { ack: { subs } }
}

function list(session: Session, payload: unknown): Answer {
  parseList(payload)
  const subs = [...session.subscriptions.values()].map(({ view: { id, spec }, place }) => ({
    sub: id,
    channel: spec.channel.name,
    symbol: spec.symbol,
    granted: spec.granted,
    paused: place.at === 'paused',
  }))
  return { ack: { subs } }
}

function ping(session: Session, payload: unknown): Answer {
  return { ack: { t: parsePing(payload).t, serverTime: session.context.clock.now() } }
}

/** The state of each instrument, once, then the first image of each view. */
function begin(session: Session, held: ReadonlySet<Subscription>): void {
  const listings = new Set<Listing>()
  for (const { view } of held) listings.add(view.listing)
  for (const listing of listings) session.send(listing.status())
  for (const subscription of held) session.owe(subscription)
}

function refuseMore(session: Session): void {
  const { subscriptions } = session.context.limits
  if (session.subscriptions.size < subscriptions) return
  throw new ProtocolError(
    'symbol-limit',
    `this session holds ${session.subscriptions.size} subscriptions, as many as it may`,
  )
}

function heldAs(session: Session, sub: SubId): Subscription {
  const subscription = session.subscriptions.get(sub)
  if (subscription === undefined) throw new ProtocolError('unknown-sub', `this session has no subscription ${sub}`)
  return subscription
}
