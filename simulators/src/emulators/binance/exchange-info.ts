import { type Asked, listingsAsked } from './endpoints.ts'
import type { BinanceListing } from './listing.ts'
import type { BinanceMarket } from './market.ts'

const ORDER_TYPES = [
  'LIMIT',
  'LIMIT_MAKER',
  'MARKET',
  'STOP_LOSS',
  'STOP_LOSS_LIMIT',
  'TAKE_PROFIT',
  'TAKE_PROFIT_LIMIT',
]
/** The largest price and quantity in steps: what an eight-decimal field and our integers hold. */
const MOST_STEPS = 90_000_000_000_000

const RATE_LIMITS = [
  { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 },
  { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
  { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 200_000 },
  { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 61_000 },
]

/** `GET /api/v3/exchangeInfo`: the only authority for tick sizes and step sizes; a halt shows here as `BREAK`. */
export function exchangeInfo(asked: Asked): string {
  const { list } = listingsAsked(asked)
  return JSON.stringify({
    timezone: 'UTC',
    serverTime: Math.floor(asked.now / 1000),
    rateLimits: RATE_LIMITS,
    exchangeFilters: [],
    symbols: list.map(symbolEntry),
  })
}

function symbolEntry({ symbol, base, quote, market }: BinanceListing) {
  return {
    symbol,
    status: market.isHalted ? 'BREAK' : 'TRADING',
    baseAsset: base,
    baseAssetPrecision: 8,
    quoteAsset: quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ORDER_TYPES,
    icebergAllowed: true,
    ocoAllowed: true,
    otoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    amendAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: filters(market),
    permissions: [],
    permissionSets: [['SPOT']],
    defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
    allowedSelfTradePreventionModes: ['EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'],
  }
}

function filters({ decimals }: BinanceMarket) {
  const [tick, lot] = [decimals.price(1), decimals.quantity(1)]
  return [
    { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice: decimals.price(MOST_STEPS), tickSize: tick },
    { filterType: 'LOT_SIZE', minQty: lot, maxQty: decimals.quantity(MOST_STEPS), stepSize: lot },
    { filterType: 'ICEBERG_PARTS', limit: 10 },
    {
      filterType: 'MARKET_LOT_SIZE',
      minQty: '0.00000000',
      maxQty: decimals.quantity(MOST_STEPS),
      stepSize: '0.00000000',
    },
    {
      filterType: 'NOTIONAL',
      minNotional: '5.00000000',
      applyMinToMarket: true,
      maxNotional: '9000000.00000000',
      applyMaxToMarket: false,
      avgPriceMins: 5,
    },
    { filterType: 'MAX_NUM_ORDERS', maxNumOrders: 200 },
    { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: 5 },
  ]
}
