import type { Instrument } from '@depthcast/market'
import type { AnyChannel, GapMessage, SubId, ViewUpdate } from '@depthcast/protocol'
import type { Clock } from './clock.ts'
import type { Metrics } from './metrics.ts'
import type { Encoding, Frame } from './transport.ts'

/** What is chained. Status is not: it goes to everyone who watches the instrument, never late, so a view of it has nothing to add. */
export type Update = Extract<ViewUpdate, { readonly seq: number }>

export function chained(update: ViewUpdate | undefined): Update | undefined {
  return update !== undefined && 'seq' in update ? update : undefined
}

/** True for an update that stands alone, as a snapshot does. */
export function isWhole(update: Update): boolean {
  return !('prev' in update) || update.prev === undefined
}

type Source = {
  readonly sub: SubId
  readonly channel: AnyChannel
  readonly instrument: Instrument
  readonly clock: Clock
  readonly metrics: Metrics
}

/** Makes one view's messages into frames, and counts each. */
export class ViewFrames {
  readonly #source: Source

  constructor(source: Source) {
    this.#source = source
  }

  /** An update's frame, behind that of the `gap` which tells what it could not carry; `feedLost` went missing before it came here. */
  update(
    update: Update,
    encoding: Encoding,
    reason: GapMessage['reason'],
    feedLost: number,
    kind: string,
  ): readonly Frame[] {
    const frame = this.message(update, encoding, kind)
    const lost = feedLost + (('lost' in update ? update.lost : undefined) ?? 0)
    if (lost === 0) return [frame]
    const next = isWhole(update) ? 'snapshot' : 'continue'
    const from = ('prev' in update ? update.prev : undefined) ?? 0
    return [this.gap({ reason, from, to: update.seq, lost, next }, encoding), frame]
  }

  message(update: Update, encoding: Encoding, kind: string): Frame {
    const { sub, channel, instrument, clock, metrics } = this.#source
    const body = encoding.text ? (channel.toText(update, instrument) as Update) : update
    metrics.encoded(encoding.name, kind)
    return encoding.encode({ ...body, sub, serverTime: clock.now() })
  }

  gap(
    gap: Pick<GapMessage, 'reason' | 'from' | 'next'> & { readonly to?: number; readonly lost: number | undefined },
    encoding: Encoding,
  ): Frame {
    const { sub, metrics } = this.#source
    const { lost, ...rest } = gap
    metrics.encoded(encoding.name, 'gap')
    return encoding.encode({ type: 'gap', sub, ...rest, ...(lost === undefined ? {} : { lost }) })
  }
}
