import { isoMicros, priceText, quantityText } from '../decimal.ts'
import type { HttpAnswer, HttpQuestion } from '../emulator.ts'
import { vwapText } from './frames.ts'
import type { KrakenMarket } from './market.ts'
import { assetId, oldName } from './names.ts'
import { INTERVALS } from './requests.ts'

const PREFIX = '/0/public/'
const DEFAULT_DEPTH = 100
const MAX_DEPTH = 500
const MAX_TRADES = 1000
const KEPT_CANDLES = 720

type Markets = ReadonlyMap<string, KrakenMarket>
type Answer = string | { readonly error: string }

/** Kraken's public REST: always HTTP 200, with what went wrong in `error`. Undefined for a path of another venue. */
export function krakenRest(question: HttpQuestion, markets: Markets): HttpAnswer | undefined {
  if (!question.path.startsWith(PREFIX)) return undefined
  const answer = ENDPOINTS[question.path.slice(PREFIX.length)]?.(question, markets) ?? {
    error: 'EGeneral:Unknown method',
  }
  const body =
    typeof answer === 'string' ? `{"error":[],"result":${answer}}` : `{"error":[${JSON.stringify(answer.error)}]}`
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body }
}

const ENDPOINTS: Readonly<Record<string, (question: HttpQuestion, markets: Markets) => Answer>> = {
  Time: ({ now }) => {
    const seconds = Math.floor(now / 1_000_000)
    const rfc = new Date(seconds * 1000).toUTCString().replace('GMT', '+0000')
    return `{"unixtime":${seconds},"rfc1123":"${rfc}"}`
  },
  SystemStatus: ({ now }) => `{"status":"online","timestamp":"${isoMicros(now).slice(0, 19)}Z"}`,
  Assets: (_question, markets) => {
    const names = new Set([...markets.values()].flatMap(({ listed }) => [listed.base, listed.quote]))
    const rows = [...names].map(
      (name) =>
        `"${assetId(name)}":{"aclass":"currency","altname":"${oldName(name)}","decimals":10,"display_decimals":5,"status":"enabled"}`,
    )
    return `{${rows.join(',')}}`
  },
  AssetPairs: ({ query }, markets) => {
    const asked = wanted(query, markets)
    return 'error' in asked ? asked : `{${asked.markets.map(pairText).join(',')}}`
  },
  Depth: ({ query, now }, markets) =>
    one(query, markets, (market) => {
      const count = Math.min(MAX_DEPTH, Math.max(1, Number(query.get('count') ?? DEFAULT_DEPTH) || DEFAULT_DEPTH))
      const at = Math.floor(now / 1_000_000)
      const side = (which: 'bid' | 'ask'): string => {
        const levels = market.sides[which].levels(count)
        const rows: string[] = []
        for (let i = 0; i < levels.length; i += 2) {
          const [ticks, lots] = [levels[i]!, levels[i + 1]!]
          rows.push(`["${priceText(ticks, market.listed)}","${quantityText(lots, market.listed)}",${at}]`)
        }
        return rows.join(',')
      }
      return `{"${market.names.pair}":{"asks":[${side('ask')}],"bids":[${side('bid')}]}}`
    }),
  Trades: ({ query, now }, markets) =>
    one(query, markets, (market) => {
      const since = BigInt(/^\d+$/.test(query.get('since') ?? '') ? query.get('since')! : '0')
      const count = Math.min(MAX_TRADES, Math.max(1, Number(query.get('count') ?? MAX_TRADES) || MAX_TRADES))
      const all = market.tape.trades(MAX_TRADES).filter(({ at }) => nanos(at) > since)
      // Without `since` the last ones, with it the first ones after it.
      const chosen = since === 0n ? all.slice(-count) : all.slice(0, count)
      const rows = chosen.map(
        ({ id, ticks, lots, taker, at }) =>
          `["${priceText(ticks, market.listed)}","${quantityText(lots, market.listed)}",${secondsText(at)},` +
          `"${taker === 'buy' ? 'b' : 's'}","m","",${id}]`,
      )
      return `{"${market.names.pair}":[${rows.join(',')}],"last":"${nanos(chosen.at(-1)?.at ?? now)}"}`
    }),
  OHLC: ({ query }, markets) =>
    one(query, markets, (market) => {
      const minutes = Number(query.get('interval') ?? 1)
      if (!INTERVALS.includes(minutes)) return { error: 'EGeneral:Invalid arguments' }
      const price = (ticks: number): string => `"${priceText(ticks, market.listed)}"`
      const bars = market.tape.candles(minutes, KEPT_CANDLES)
      const rows = bars.map(
        (bar) =>
          `[${bar.begin / 1_000_000},${price(bar.open)},${price(bar.high)},${price(bar.low)},${price(bar.close)},` +
          `"${vwapText(bar, market.listed)}","${quantityText(bar.lots, market.listed)}",${bar.trades}]`,
      )
      return `{"${market.names.pair}":[${rows.join(',')}],"last":${(bars.at(-2)?.begin ?? 0) / 1_000_000}}`
    }),
  Ticker: ({ query }, markets) => {
    const asked = wanted(query, markets)
    return 'error' in asked ? asked : `{${asked.markets.map(tickerText).join(',')}}`
  },
}

/** One pair, by any of its names; `pair` is required. */
function one(query: URLSearchParams, markets: Markets, answer: (market: KrakenMarket) => Answer): Answer {
  if (!query.has('pair')) return { error: 'EGeneral:Invalid arguments' }
  const asked = wanted(query, markets)
  if ('error' in asked) return asked
  const [market] = asked.markets
  return market === undefined ? { error: 'EQuery:Unknown asset pair' } : answer(market)
}

/** The markets named by `pair=A,B`; all where it is left out. */
function wanted(query: URLSearchParams, markets: Markets): { readonly markets: KrakenMarket[] } | { error: string } {
  const all = [...markets.values()].filter(({ status }) => status !== 'delisted')
  const names = query.get('pair')?.split(',')
  if (names === undefined) return { markets: all }
  const chosen: KrakenMarket[] = []
  for (const name of names) {
    const market = all.find(({ names: { altname, wsname, pair, symbol } }) =>
      [altname, wsname, pair, symbol].includes(name),
    )
    if (market === undefined) return { error: 'EQuery:Unknown asset pair' }
    chosen.push(market)
  }
  return { markets: chosen }
}

function pairText({ listed, names, status }: KrakenMarket): string {
  return (
    `"${names.pair}":{"altname":"${names.altname}","wsname":"${names.wsname}","aclass_base":"currency","base":"${names.baseId}",` +
    `"aclass_quote":"currency","quote":"${names.quoteId}","lot":"unit","cost_decimals":5,"pair_decimals":${listed.tickSize.decimals},` +
    `"lot_decimals":${listed.lotSize.decimals},"lot_multiplier":1,"leverage_buy":[],"leverage_sell":[],` +
    `"fees":[[0,0.4],[10000,0.35]],"fees_maker":[[0,0.25],[10000,0.2]],"fee_volume_currency":"ZUSD","margin_call":80,"margin_stop":40,` +
    `"ordermin":"${listed.lotSize.text}","costmin":"0.5","tick_size":"${listed.tickSize.text}","status":"${status}"}`
  )
}

function tickerText({ listed, names, sides, tape }: KrakenMarket): string {
  const day = tape.day()
  const price = (ticks: number): string => `"${priceText(ticks, listed)}"`
  const touch = (side: 'bid' | 'ask'): string => {
    const best = sides[side].level(0) ?? { ticks: 0, lots: 0 }
    return `[${price(best.ticks)},"1","${quantityText(best.lots, listed)}"]`
  }
  const twice = (text: string): string => `[${text},${text}]`
  const last = tape.trades(1)[0]
  return (
    `"${names.pair}":{"a":${touch('ask')},"b":${touch('bid')},"c":[${price(tape.lastTicks)},"${quantityText(last?.lots ?? 0, listed)}"],` +
    `"v":${twice(`"${quantityText(day.lots, listed)}"`)},"p":${twice(`"${vwapText(day, listed)}"`)},"t":[${day.trades},${day.trades}],` +
    `"l":${twice(price(day.low))},"h":${twice(price(day.high))},"o":${price(day.open)}}`
  )
}

function nanos(at: number): bigint {
  return BigInt(at) * 1000n
}

/** `1688669597.8277369`: seconds with a fraction, as a number. */
function secondsText(at: number): string {
  return `${Math.floor(at / 1_000_000)}.${String(at % 1_000_000).padStart(6, '0')}`
}
