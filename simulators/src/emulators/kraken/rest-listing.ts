import type { KrakenMarket } from './market.ts'
import { assetId, oldName } from './names.ts'
import { RestRefusal } from './rest-question.ts'

/** Fiat has four decimals at Kraken, everything else ten. */
const FIAT: ReadonlySet<string> = new Set(['USD', 'EUR', 'GBP', 'CAD', 'JPY', 'AUD', 'CHF'])
const INFOS = ['info', 'leverage', 'fees', 'margin'] as const

/** `Assets`, those of `asset=A,B` by any of their names; all where it is left out. */
export function assets(query: URLSearchParams, markets: readonly KrakenMarket[]): string {
  const names = new Set(markets.flatMap(({ listed }) => [listed.base, listed.quote]))
  const asked = query.get('asset')?.split(',')
  const chosen = asked === undefined ? [...names] : asked.map((name) => assetNamed(name, names))
  return `{${chosen.map(assetText).join(',')}}`
}

function assetNamed(name: string, names: ReadonlySet<string>): string {
  for (const one of names) if ([one, oldName(one), assetId(one)].includes(name)) return one
  throw new RestRefusal('EQuery:Unknown asset')
}

function assetText(name: string): string {
  const decimals = FIAT.has(name) ? '"decimals":4,"display_decimals":2' : '"decimals":10,"display_decimals":5'
  return `"${assetId(name)}":{"aclass":"currency","altname":"${oldName(name)}",${decimals},"collateral_value":1.0,"status":"enabled","margin_rate":"0.02"}`
}

/** `AssetPairs`, whole or what `info=` asks for. */
export function assetPairs(query: URLSearchParams, markets: readonly KrakenMarket[]): string {
  const info = INFOS.find((one) => one === (query.get('info') ?? 'info'))
  if (info === undefined) throw new RestRefusal('EGeneral:Invalid arguments')
  const rows = markets.map((market) => `"${market.names.pair}":{${info === 'info' ? pairText(market) : PARTS[info]}}`)
  return `{${rows.join(',')}}`
}

const PARTS = {
  leverage: '"leverage_buy":[],"leverage_sell":[]',
  fees: '"fees":[[0,0.4],[10000,0.35]],"fees_maker":[[0,0.25],[10000,0.2]],"fee_volume_currency":"ZUSD"',
  margin: '"margin_call":80,"margin_stop":40',
} as const

function pairText({ listed, names, status }: KrakenMarket): string {
  return (
    `"altname":"${names.altname}","wsname":"${names.wsname}","aclass_base":"currency","base":"${names.baseId}",` +
    `"aclass_quote":"currency","quote":"${names.quoteId}","lot":"unit","cost_decimals":5,"pair_decimals":${listed.tickSize.decimals},` +
    `"lot_decimals":${listed.lotSize.decimals},"lot_multiplier":1,${PARTS.leverage},${PARTS.fees},${PARTS.margin},` +
    `"ordermin":"${listed.lotSize.text}","costmin":"0.5","tick_size":"${listed.tickSize.text}","status":"${status}",` +
    '"execution_venue":"international"'
  )
}
