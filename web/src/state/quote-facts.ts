import { panelName } from '../panels/registry.ts'
import { describeConflation } from './describe.ts'
import type { Desk } from './desk.ts'
import { formatAge, formatCount, formatMs, formatRate, formatTimeMs, UNKNOWN, zoneLabel } from './format.ts'
import type { Meter } from './meter.ts'
import { type QuoteCosts, type QuotesShare, shareOf } from './quote-costs.ts'
import { ALERTS, PAGE } from './quotes-needs.ts'
import type { Fact } from './receipt.ts'

type Of = {
  readonly desk: Pick<Desk, 'quoteUsers' | 'workspace' | 'connection'>
  readonly who: string
  readonly costs: QuoteCosts
  /** ms since 1970. */
  readonly now: number
}

/** What a list's quotes cost it. */
export function quotesMeter({ desk, who, costs, now }: Of): Meter {
  const share = shareOf(who, costs, (symbol) => desk.quoteUsers(symbol))
  const { bytesPerSecond, bytes, merged } = share
  return {
    bytesPerSecond,
    bytes,
    merged,
    granted: grantedOf(mine({ desk, who, costs })),
    proof: ageWords(mine({ desk, who, costs }), now),
  }
}

/** What can be said for a list's quotes, and what cannot. */
export function quotesFacts({ desk, who, costs, now }: Of): readonly Fact[] {
  const quotes = mine({ desk, who, costs })
  const share = shareOf(who, costs, (symbol) => desk.quoteUsers(symbol))
  if (quotes.length === 0) return [{ name: 'Quotes', value: 'none is asked for: nothing of it is in sight' }]
  return [
    {
      name: 'Quotes',
      value: `the newest of ${count(quotes.length, 'instrument')}: the ticker channel, whole in each message`,
    },
    { name: 'Age', value: ageWords(quotes, now) },
    { name: 'Newest', value: newestWords(quotes) },
    {
      name: 'Proof',
      value: 'none: a quote has no checksum, and none continues the one before, so one that never came is not missed',
      isDoubt: true,
    },
    ...timeFacts(quotes, desk.connection.value?.clock?.errorMs),
    {
      name: 'Conflation',
      value:
        share.merged > 0 ? describeConflation({ ...share, granted: grantedOf(quotes) }) : 'no quote in the last second',
    },
    { name: 'Cost', value: costWords(share, quotes.length, (id) => userName(desk, id)) },
  ]
}

/** The list's quotes for a program: what each said, and where the same can be asked for. */
export function quotesJson({ desk, who, costs, now }: Of): string {
  const quotes = mine({ desk, who, costs }).map(({ symbol, seq, exchangeTime, serverTime, receivedAt, wayMs }) => ({
    symbol,
    seq,
    exchangeTime: isoOf(exchangeTime),
    serverTime: isoOf(serverTime),
    receivedAt: isoOf(receivedAt),
    wayMs: Number.isFinite(wayMs) ? wayMs : null,
  }))
  return JSON.stringify({ receipt: 1, view: { channel: 'ticker' }, takenAt: isoOf(now), proof: null, quotes }, null, 2)
}

/** Whose quotes they are, in the words of the page. */
export function userName(desk: Pick<Desk, 'workspace'>, who: string): string {
  if (who === PAGE) return 'Header and titles'
  return who === ALERTS ? 'Alerts' : panelName(desk.workspace, who)
}

type Mine = ReturnType<typeof mine>

function mine({ desk, who, costs }: Omit<Of, 'now'>) {
  return [...costs].flatMap(([symbol, cost]) => (desk.quoteUsers(symbol).has(who) ? [{ symbol, ...cost }] : []))
}

function grantedOf(quotes: Mine): Meter['granted'] {
  const rates = quotes.map(({ rateMs }) => rateMs).filter(Number.isFinite)
  return rates.length === 0 ? undefined : { rateMs: Math.min(...rates) }
}

function ageWords(quotes: Mine, now: number): string {
  const heard = quotes.map(({ receivedAt }) => receivedAt).filter(Number.isFinite)
  if (heard.length === 0) return 'no quote yet'
  const age = (at: number): string => formatAge(Math.max(0, now - at))
  const missing = quotes.length - heard.length
  const none = missing === 0 ? '' : ` · ${formatCount(missing)} without any`
  return `newest ${age(Math.max(...heard))} ago · oldest ${age(Math.min(...heard))} ago${none}`
}

function newestOf(quotes: Mine): Mine[number] | undefined {
  return quotes.reduce<Mine[number] | undefined>(
    (newest, quote) => (quote.receivedAt > (newest?.receivedAt ?? 0) ? quote : newest),
    undefined,
  )
}

function newestWords(quotes: Mine): string {
  const newest = newestOf(quotes)
  return newest === undefined
    ? UNKNOWN
    : `${newest.symbol}, seq ${formatCount(newest.seq)}: how many source updates it counts`
}

function timeFacts(quotes: Mine, errorMs: number | undefined): readonly Fact[] {
  const newest = newestOf(quotes)
  if (newest === undefined) return []
  const { exchangeTime, serverTime, receivedAt, wayMs } = newest
  const moment = (ms: number): string => (Number.isFinite(ms) ? `${formatTimeMs(ms)} ${zoneLabel(ms)}` : UNKNOWN)
  const way = Number.isFinite(wayMs)
    ? `, ${formatMs(wayMs)}${errorMs === undefined ? '' : ` ± ${formatMs(errorMs)}`} under way`
    : ''
  return [
    {
      name: 'Venue’s time',
      value: Number.isFinite(exchangeTime) ? `${moment(exchangeTime)}, by the venue’s clock` : 'the venue sends none',
    },
    { name: 'Gateway’s send', value: `${moment(serverTime)}, by the gateway’s clock` },
    { name: 'Received', value: `${moment(receivedAt)}, by this page’s clock${way}` },
  ]
}

function costWords(
  { bytesPerSecond, bytes, shared, others }: QuotesShare,
  of: number,
  nameOf: (who: string) => string,
): string {
  const cost = `${formatRate(bytesPerSecond)}, ${formatCount(Math.round(bytes))} bytes so far`
  if (shared === 0) return cost
  const which = shared === of ? 'all' : `${formatCount(shared)} of ${formatCount(of)}`
  return `${cost}; ${which} shared evenly with ${[...others].map(nameOf).join(', ')}`
}

function count(of: number, what: string): string {
  return `${formatCount(of)} ${what}${of === 1 ? '' : 's'}`
}

function isoOf(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null
}
