import { type Raw, string } from '../wire.ts'

/**
 * What an `error` frame means: a key is wanted; we asked for too much; these products are not served; or something else.
 *
 * `{"type":"error","message":"Failed to subscribe","reason":"…"}`. The words are the venue's own, no code comes with them:
 * "level2, level3, and full channels now require authentication. …", "BTC-FOO is not a valid product", "… rate limit exceeded".
 */
export type Refusal = { readonly reason: string } & (
  | { readonly kind: 'key' | 'rate' | 'other' }
  | { readonly kind: 'products'; readonly products: readonly string[] }
)

/** `asked` are the products that the refused request may have named. */
export function readRefusal(frame: Raw, asked: Iterable<string>): Refusal {
  const reason = `Coinbase: ${string(frame, 'message')}${typeof frame.reason === 'string' ? `: ${frame.reason}` : ''}`
  if (/authenticat/i.test(reason)) return { kind: 'key', reason }
  if (/rate limit|too many|exceed/i.test(reason)) return { kind: 'rate', reason }
  const products = [...asked].filter((id) => mentions(reason, id))
  return products.length === 0 ? { kind: 'other', reason } : { kind: 'products', reason, products }
}

/** The id stands in the text as a whole word: BTC-USD is not in "BTC-USDT is not a valid product". */
function mentions(text: string, id: string): boolean {
  return text.split(/[^A-Za-z0-9-]+/).includes(id)
}
