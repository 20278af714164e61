import type { Channel } from './requests.ts'

/** What one client follows: products of each channel, in the order they were asked for; a channel without products holds none. */
export class Subscriptions {
  readonly #channels = new Map<Channel, Set<string>>()

  has(channel: Channel, product?: string): boolean {
    const products = this.#channels.get(channel)
    return products !== undefined && (product === undefined || products.has(product))
  }

  of(channel: Channel): readonly string[] {
    return [...(this.#channels.get(channel) ?? [])]
  }

  /** Without a product, the channel alone. */
  add(channel: Channel, product?: string): void {
    const products = this.#channels.get(channel) ?? new Set<string>()
    this.#channels.set(channel, products)
    if (product !== undefined) products.add(product)
  }

  /** Without a product, the whole channel; one without products left is left too. */
  leave(channel: Channel, product?: string): void {
    const products = this.#channels.get(channel)
    if (product !== undefined) products?.delete(product)
    if (product === undefined || products?.size === 0) this.#channels.delete(channel)
  }

  all(): readonly { readonly channel: Channel; readonly products: readonly string[] }[] {
    return [...this.#channels].map(([channel, products]) => ({ channel, products: [...products] }))
  }

  /** The answer to every change: all there is after it. */
  frame(): string {
    const channels = this.all().map(({ channel, products }) => ({
      name: channel,
      product_ids: products,
      account_ids: null,
    }))
    return JSON.stringify({ type: 'subscriptions', channels })
  }
}
