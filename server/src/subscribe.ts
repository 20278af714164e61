import { type InstrumentId, UnitError } from '@depthcast/market'
import {
  type ChannelName,
  channel,
  type Modify,
  type ModifyAck,
  type Position,
  ProtocolError,
  parseModify,
  parseSubscribe,
  type ShareOptions,
  type SubId,
  type SubscribeResult,
  type ViewOptions,
} from '@depthcast/protocol'
import { refuseForbidden } from './auth/entitlements.ts'
import { type Bounds, type Grant, grant } from './grant.ts'
import { listingOf } from './hub.ts'
import { limitNow } from './limits.ts'
import type { Listing } from './listing.ts'
import { refusal } from './refusal.ts'
import type { Answer } from './requests.ts'
import type { Session } from './session.ts'
import type { Subscription, ViewSpec } from './subscription.ts'

/** Unknown symbols of one request that are told what they may have meant: looking is not free, and a request may name hundreds. */
const HINTED = 3

/** One view that a client asks for. */
export type Wish = ViewOptions &
  ShareOptions & {
    readonly channel: ChannelName
    readonly symbol: string
    /** Where the client stands; null for nowhere, undefined when it did not say. */
    readonly since?: Position | null
    readonly paused?: boolean
    /** At most so many names that it may have meant. */
    readonly hints: number
    /** Symbols to charge for it; undefined where that has been done. */
    readonly charge?: number
  }

export function subscribe(session: Session, payload: unknown): Answer {
  const parts = parseSubscribe(payload)
  const { limits, hub } = session.context
  const symbols = parts.flatMap((part) => ('error' in part ? [] : part.symbols))
  if (symbols.length > limits.symbolsPerRequest) {
    const now = limitNow(limits, 'symbolsPerRequest')
    throw new ProtocolError('symbol-limit', `${symbols.length} symbols in one request: ${now}`)
  }
  session.allowance.symbols(symbols.length)
  const held = new Set<Subscription>()
  const hinted = new Set(symbols.filter((symbol) => !hub.listings.has(symbol)).slice(0, HINTED))
  const results = parts.flatMap((part) => {
    if ('error' in part) return [{ symbol: part.alias, error: part.error.toWire() }]
    const { symbols, since, ...options } = part
    return symbols.map((symbol, index) => {
      const place = since?.[index]
      const wish = { ...options, symbol, hints: hinted.has(symbol) ? HINTED : 0 }
      return take(session, place === undefined ? wish : { ...wish, since: place }, held)
    })
  })
  return { ack: { results }, after: () => begin(session, held) }
}

/** Takes one view for a session and adds it to `held`. One that cannot be had fails alone. */
export function take(session: Session, wish: Wish, held: Set<Subscription>): SubscribeResult {
  try {
    return taken(session, wish, held)
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof UnitError))
      session.context.log.error({ err: error, symbol: wish.symbol }, 'session.subscribe-failed')
    return { symbol: wish.symbol, error: refusal(error) }
  }
}

function taken(session: Session, wish: Wish, held: Set<Subscription>): SubscribeResult {
  const { channel: name, symbol, since, paused = false, hints, charge, maxAgeMs, ...options } = wish
  if (charge !== undefined) session.allowance.symbols(charge)
  const { entitlements } = session.visitor.identity
  refuseForbidden(entitlements, name, symbol as InstrumentId)
  const listing = listingOf(session.context.hub, symbol, hints)
  const { id, tickSize, lotSize } = listing.instrument
  const granted = grant(channel(name), id, options, boundsOf(session))
  refuseSooner(granted.wanted, maxAgeMs)
  if (session.holdings.of(listing.views.get(granted.spec.key)?.id ?? -1) === undefined) refuseMore(session)
  const subscription = session.holdings.hold(granted.spec, paused)
  setTerms(session, subscription, granted, maxAgeMs)
  const { view } = subscription
  const recovered = since && !paused ? view.resume(subscription, since) : undefined
  if (recovered !== undefined)
    session.context.metrics.add('depthcast_resumes_total', 1, recovered ? 'recovered' : 'afresh')
  if (!paused) held.add(subscription)
  return {
    sub: view.id,
    symbol: id,
    tick: tickSize.text,
    lot: lotSize.text,
    granted: session.holdings.granted(subscription),
    ...whyOf(granted, subscription),
    ...(recovered === undefined ? {} : { recovered }),
    ...(recovered === true ? { at: view.position } : {}),
  }
}

export function modify(session: Session, payload: unknown): Answer {
  const { sub, paused, ...options } = parseModify(payload)
  const was = heldAs(session, sub)
  const isPaused = paused ?? was.place.at === 'paused'
  const granted = regrant(session, was, options)
  const maxAgeMs = options.maxAgeMs ?? session.holdings.terms(was).maxAgeMs
  refuseSooner(granted.wanted, maxAgeMs)
  const now = granted.spec.key === was.view.spec.key ? was : session.holdings.hold(granted.spec, isPaused)
  if (now !== was) session.holdings.drop(was)
  setTerms(session, now, granted, maxAgeMs)
  const wasPaused = now.place.at === 'paused'
  if (isPaused && !wasPaused) session.holdings.pause(now)
  if (!isPaused && wasPaused) session.holdings.restart(now)
  const ack: ModifyAck = {
    sub: now.view.id,
    was: sub,
    granted: session.holdings.granted(now),
    paused: isPaused,
    ...whyOf(granted, now),
  }
  return isPaused ? { ack } : { ack, after: () => session.owe(now) }
}

/** What is held with these options changed: what was not named stays as it was asked for, not as it is at present. */
function regrant(
  session: Session,
  was: Subscription,
  { maxAgeMs: _, ...options }: Omit<Modify, 'sub' | 'paused'>,
): Grant {
  const { channel, symbol, granted } = session.holdings.wanted(was)
  const { mode, ...kept } = granted
  const modeKept = channel.whenSlow === 'conflate' ? { mode } : {}
  return grant(channel, symbol, { ...kept, ...modeKept, ...options }, boundsOf(session))
}

/** The state of each instrument, once, then what each view owes. */
export function begin(session: Session, held: ReadonlySet<Subscription>): void {
  const listings = new Set<Listing>()
  for (const { view } of held) listings.add(view.listing)
  for (const listing of listings) session.send(listing.status())
  for (const subscription of held) session.owe(subscription)
}

/** Throws ProtocolError 410 for a sub that is not this session's. */
export function heldAs(session: Session, sub: SubId): Subscription {
  const subscription = session.holdings.of(sub)
  if (subscription === undefined) throw new ProtocolError('unknown-sub', `this session has no subscription ${sub}`)
  return subscription
}

function boundsOf(session: Session): Bounds {
  const { entitlements } = session.visitor.identity
  return { limits: session.context.limits, entitlements, rung: session.dues.rung }
}

function setTerms(
  session: Session,
  subscription: Subscription,
  { spec, wanted }: Grant,
  maxAgeMs: number | undefined,
): void {
  session.holdings.setTerms(subscription, { wanted: wanted === spec ? undefined : wanted, maxAgeMs })
}

function whyOf({ why }: Grant, { view }: Subscription): { readonly why?: string } {
  const reasons = [why, view.why].filter((reason) => reason !== undefined)
  return reasons.length === 0 ? {} : { why: reasons.join('; ') }
}

/** A view that comes once a second is a second old at times. */
function refuseSooner({ rateMs }: ViewSpec, maxAgeMs: number | undefined): void {
  if (maxAgeMs === undefined || rateMs === 'raw' || maxAgeMs >= rateMs) return
  throw new ProtocolError(
    'unsupported',
    `maxAgeMs ${maxAgeMs} is less than the granted rate; allowed is ${rateMs} and up`,
  )
}

function refuseMore(session: Session): void {
  const { limits } = session.context
  const { size } = session.holdings.all
  if (size < limits.subscriptions) return
  throw new ProtocolError(
    'symbol-limit',
    `this session holds ${size} subscriptions: ${limitNow(limits, 'subscriptions')}`,
  )
}
