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

const CONFIRMATIONS = 3

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
    details: FIAT[id] === undefined ? coinDetails(id) : fiatDetails(id, FIAT[id]),
    default_network: FIAT[id] === undefined ? id.toLowerCase() : '',
    supported_networks: FIAT[id] === undefined ? [network(id, precision)] : [],
    display_name: id,
  }
}

/** Currencies of states, and how they are written. */
const FIAT: Readonly<Record<string, string>> = { USD: '$', EUR: '€', GBP: '£', CAD: '$', JPY: '¥', AUD: '$' }

function fiatDetails(id: string, symbol: string) {
  return {
    type: 'fiat',
    symbol,
    network_confirmations: 0,
    sort_order: 1,
    crypto_address_link: '',
    crypto_transaction_link: '',
    push_payment_methods: ['bank_wire'],
    group_types: ['fiat', id.toLowerCase()],
    display_name: id,
    processing_time_seconds: 0,
    min_withdrawal_amount: 0,
    max_withdrawal_amount: 0,
  }
}

function coinDetails(id: string) {
  return {
    type: 'crypto',
    symbol: id,
    network_confirmations: CONFIRMATIONS,
    sort_order: 100,
    crypto_address_link: '',
    crypto_transaction_link: '',
    push_payment_methods: ['crypto'],
    group_types: [],
    display_name: id,
    processing_time_seconds: 0,
    min_withdrawal_amount: 0.0001,
    max_withdrawal_amount: 2400,
  }
}

function network(id: string, precision: string) {
  return {
    id: id.toLowerCase(),
    name: id,
    status: 'online',
    contract_address: '',
    crypto_address_link: '',
    crypto_transaction_link: '',
    min_withdrawal_amount: Number(precision),
    max_withdrawal_amount: 2400,
    network_confirmations: CONFIRMATIONS,
    processing_time_seconds: 0,
  }
}
