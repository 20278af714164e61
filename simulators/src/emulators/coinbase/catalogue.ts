import { priceText, quantityText } from '../decimal.ts'
import type { CoinbaseProduct } from './product.ts'

/** A currency and the finest step any product has for it. */
export type Asset = { readonly id: string; readonly precision: string }

/** A product as REST and the `status` channel list it. A halt shows as `trading_disabled`. */
export function productEntry({ listed, isHalted, isDelisted }: CoinbaseProduct) {
  return {
    id: listed.symbol,
    base_currency: listed.base,
    quote_currency: listed.quote,
    quote_increment: priceText(1, listed),
    base_increment: quantityText(1, listed),
    display_name: listed.symbol,
    min_market_funds: '1',
    margin_enabled: false,
    post_only: false,
    limit_only: false,
    cancel_only: false,
    status: isDelisted ? 'delisted' : 'online',
    status_message: isHalted ? 'Trading is halted' : '',
    trading_disabled: isHalted || isDelisted,
    fx_stablecoin: false,
    max_slippage_percentage: '0.02000000',
    auction_mode: false,
    high_bid_limit_percentage: '',
  }
}

/** In order of first appearance. */
export function assetsOf(products: readonly CoinbaseProduct[]): readonly Asset[] {
  const finest = new Map<string, { decimals: number; precision: string }>()
  for (const { listed } of products) {
    for (const [id, { decimals, text }] of [
      [listed.base, listed.lotSize],
      [listed.quote, listed.tickSize],
    ] as const) {
      if ((finest.get(id)?.decimals ?? -1) < decimals) finest.set(id, { decimals, precision: text })
    }
  }
  return [...finest].map(([id, { precision }]) => ({ id, precision }))
}

export function currencyDetails({ id, precision }: Asset) {
  return {
    id,
    name: id,
    min_size: precision,
    status: 'online',
    message: '',
    max_precision: precision,
    convertible_to: [],
    details: { type: 'crypto', symbol: null, network_confirmations: null, sort_order: 0, push_payment_methods: [] },
    default_network: '',
    supported_networks: [],
    display_name: id,
  }
}
