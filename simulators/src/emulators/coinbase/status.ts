import { type Asset, assetsOf, productEntry } from './catalogue.ts'
import type { CoinbaseProduct } from './product.ts'

/** A frame of the `status` channel: every product and currency the venue has. */
export function statusFrame(products: ReadonlyMap<string, CoinbaseProduct>): string {
  const all = [...products.values()]
  const currencies = assetsOf(all).map(currencyEntry)
  return JSON.stringify({
    type: 'status',
    products: all.map((one) => ({ ...productEntry(one), type: 'spot' })),
    currencies,
  })
}

function currencyEntry({ id, precision }: Asset) {
  return {
    id,
    name: id,
    display_name: id,
    min_size: precision,
    status: 'online',
    status_message: '',
    max_precision: precision,
    convertible_to: [],
    details: {},
  }
}
