import { type Stamps, stampsOf } from './latency.ts'
import type { Break, ViewState } from './messages.ts'

/** Where the chain that is on the screen began: a whole view, after which nothing was missing. `since` is ms since 1970. */
type Chain = { readonly epoch: number; readonly from: number; readonly since: number }

/** What is known of the view that came, besides itself; times are ms since 1970. */
type Taken = {
  readonly now: number
  readonly happenedAt: number | undefined
  readonly isVerified: boolean
  /** It follows on nothing that was followed before. */
  readonly isFresh: boolean
}

/** What a panel's receipt is written from: where its chain began, when it was last proven, and how it last broke. Times are ms since 1970. */
export class PanelRecord {
  takenAt = 0
  happenedAt: number | undefined
  /** When a checksum last held, by our own reckoning; 0 never. */
  verifiedAt = 0
  stamps: Stamps = stampsOf({})
  chain: Chain | undefined
  lastBreak: Break | undefined
  #untold: ViewState | undefined

  took(view: unknown, { now, happenedAt, isVerified, isFresh }: Taken): void {
    const { epoch = 0, seq = 0, merged } = view as { readonly epoch?: number; readonly seq?: number; merged?: number }
    this.takenAt = now
    this.happenedAt = happenedAt
    if (isVerified) this.verifiedAt = now
    this.stamps = stampsOf(view)
    // A snapshot has nothing folded into it.
    if (isFresh || merged === 0 || this.chain?.epoch !== epoch) this.chain = { epoch, from: seq, since: now }
  }

  judged(state: ViewState, now: number): void {
    if (state.kind === 'gap' || state.kind === 'invalid') {
      this.#untold = state
      if (this.lastBreak === undefined || this.lastBreak.healedMs !== undefined) this.lastBreak = { state, at: now }
    } else if (this.lastBreak !== undefined && this.lastBreak.healedMs === undefined && WELL.has(state.kind))
      this.lastBreak = { ...this.lastBreak, healedMs: now - this.lastBreak.at }
  }

  /** A break since the last call, which may have healed before anyone could see it. */
  takeUntold(): ViewState | undefined {
    const untold = this.#untold
    this.#untold = undefined
    return untold
  }
}

const WELL: ReadonlySet<ViewState['kind']> = new Set(['live', 'quiet', 'halted', 'ended'])
