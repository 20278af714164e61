import { type Asked, listingsAsked, RestError, statusOf } from './endpoints.ts'
import { timeText } from './frames.ts'
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
  const { query, now, unit } = asked
  const isNamed = query.has('symbol') || query.has('symbols')
  if (isNamed && (query.has('permissions') || query.has('symbolStatus'))) {
    throw new RestError(-1128, 'Combination of optional parameters invalid.')
  }
  const isPermitted = query.get('permissions')?.includes('SPOT') ?? true
  const sets = query.get('showPermissionSets') === 'false' ? [] : [['SPOT']]
  const { list } = isPermitted ? listingsAsked(asked) : { list: [] }
  return JSON.stringify({
    timezone: 'UTC',
    serverTime: timeText(now, unit),
    rateLimits: RATE_LIMITS,
    exchangeFilters: [],
    symbols: list.map((listing) => ({ ...symbolEntry(listing), permissionSets: sets, ...STP_MODES })),
  })
}

const STP_MODES = {
  defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
  allowedSelfTradePreventionModes: ['EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH', 'DECREMENT'],
}

function symbolEntry({ symbol, base, quote, market }: BinanceListing) {
  return {
    symbol,
    status: statusOf(market),
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
    opoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    amendAllowed: true,
    pegInstructionsAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: filters(market),
    permissions: [],
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
      filterType: 'TRAILING_DELTA',
      minTrailingAboveDelta: 10,
      maxTrailingAboveDelta: 2000,
      minTrailingBelowDelta: 10,
      maxTrailingBelowDelta: 2000,
    },
    {
      filterType: 'PERCENT_PRICE_BY_SIDE',
      bidMultiplierUp: '5',
      bidMultiplierDown: '0.2',
      askMultiplierUp: '5',
      askMultiplierDown: '0.2',
      avgPriceMins: 5,
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
    { filterType: 'MAX_NUM_ORDER_LISTS', maxNumOrderLists: 20 },
    { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: 5 },
    { filterType: 'MAX_NUM_ORDER_AMENDS', maxNumOrderAmends: 10 },
  ]
}
