import type { Gap, Ledger, MarketEvent } from '@depthcast/market'
import type { AnyChannel, GapMessage } from '@depthcast/protocol'
import { chained, type Update } from './view-frames.ts'

/** A channel at work for one view: what of the ledger it shows, and what it last published of that. All may throw UnitError. */
export class ViewState {
  readonly #channel: AnyChannel
  readonly #params: unknown
  readonly #ledger: Ledger
  #state: unknown
  /** Absent where the channel cannot tell what somebody missed. */
  readonly since: ((epoch: number, seq: number) => Update | undefined) | undefined

  constructor(channel: AnyChannel, params: unknown, ledger: Ledger) {
    this.#channel = channel
    this.#params = params
    this.#ledger = ledger
    this.#state = channel.init(ledger, params)
    this.since = channel.since && ((epoch, seq) => chained(channel.since?.(this.#state, epoch, seq)))
  }

  /** Starts from the ledger as it is, as if nothing had been published. */
  renew(): void {
    this.#state = this.#channel.init(this.#ledger, this.#params)
  }

  accept(event: MarketEvent): boolean {
    return this.#channel.accept(this.#state, event)
  }

  diff(): Update | undefined {
    return chained(this.#channel.diff(this.#state))
  }

  whole(): Update | undefined {
    return chained(this.#channel.snapshot(this.#state))
  }

  confirm(): Update | undefined {
    return chained(this.#channel.confirm?.(this.#state))
  }

  get confirms(): boolean {
    return this.#channel.confirm !== undefined
  }

  /** What comes after a gap of the feed; undefined where it is none of this view's. Bars are made of trades: what is missing there is missing here. */
  after(gap: Gap): GapMessage['next'] | undefined {
    const { name } = this.#channel
    if (gap.stream === 'book') return name === 'book' ? 'snapshot' : undefined
    if (name === 'candles') return 'continue'
    if (name !== 'trades') return undefined
    return gap.lost === undefined ? 'snapshot' : 'continue'
  }
}
