import type { Listed } from '@depthcast/feeds/simulation'

/** Assets from before 2014 carry a class letter in REST, and two have names of their own. Source: Kraken REST, Assets. */
const LEGACY: Readonly<Record<string, string>> = {
  BTC: 'XXBT',
  ETH: 'XETH',
  LTC: 'XLTC',
  XRP: 'XXRP',
  DOGE: 'XXDG',
  ETC: 'XETC',
  XLM: 'XXLM',
  XMR: 'XXMR',
  ZEC: 'XZEC',
  USD: 'ZUSD',
  EUR: 'ZEUR',
  GBP: 'ZGBP',
  CAD: 'ZCAD',
  JPY: 'ZJPY',
  AUD: 'ZAUD',
}
const OLD_NAMES: Readonly<Record<string, string>> = { BTC: 'XBT', DOGE: 'XDG' }

/** One market in every spelling Kraken has for it. */
export type KrakenNames = {
  /** WebSocket v2: `BTC/USD`. */
  readonly symbol: string
  /** REST: `XBTUSD`. */
  readonly altname: string
  /** REST, the old WebSocket: `XBT/USD`. */
  readonly wsname: string
  /** REST key: `XXBTZUSD`, or the altname where an asset is younger. */
  readonly pair: string
  readonly baseId: string
  readonly quoteId: string
}

export function krakenNames({ base, quote }: Pick<Listed, 'base' | 'quote'>): KrakenNames {
  const altname = `${oldName(base)}${oldName(quote)}`
  return {
    symbol: `${base}/${quote}`,
    altname,
    wsname: `${oldName(base)}/${oldName(quote)}`,
    pair: isLegacyPair(base, quote) ? `${LEGACY[base]}${LEGACY[quote]}` : altname,
    baseId: assetId(base),
    quoteId: assetId(quote),
  }
}

/** Two old assets are not always an old pair: Australian dollars came later, and dogecoins in dollars and euros too. */
function isLegacyPair(base: string, quote: string): boolean {
  return base in LEGACY && quote in LEGACY && quote !== 'AUD' && (base !== 'DOGE' || quote === 'BTC')
}

export function assetId(asset: string): string {
  return LEGACY[asset] ?? asset
}

/** What REST calls `altname` of an asset. */
export function oldName(asset: string): string {
  return OLD_NAMES[asset] ?? asset
}
