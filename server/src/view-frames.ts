import type { Instrument } from '@depthcast/market'
import type { AnyChannel, ConfigMessage, GapMessage, SubId, ViewUpdate } from '@depthcast/protocol'
import { framesBy } from './audience.ts'
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

/** An update's frame, and that of the `gap` which goes before it to tell what it could not carry: `lost` items. */
type Framed = { readonly gap: Frame | undefined; readonly lost: number; readonly frame: Frame }

/** The same in each encoding, encoded when first needed and never again. */
export type Frames = (encoding: Encoding) => Framed

/** How an update is told: as what metrics call it, and what to say where some of it is missing. */
export type Telling = {
  readonly kind: 'update' | 'snapshot' | 'catch-up'
  readonly reason: GapMessage['reason']
  /** Items that went missing before they came here. */
  readonly feedLost: number
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

  update(update: Update, { kind, reason, feedLost }: Telling): Frames {
    const lost = feedLost + (('lost' in update ? update.lost : undefined) ?? 0)
    const next = isWhole(update) ? 'snapshot' : 'continue'
    const from = ('prev' in update ? update.prev : undefined) ?? 0
    return framesBy((encoding) => ({
      gap: lost === 0 ? undefined : this.gap({ reason, from, to: update.seq, lost, next }, encoding),
      lost,
      frame: this.#message(update, encoding, kind),
    }))
  }

  /** A whole message behind the gap that says why there is one. */
  afresh(gap: Said<GapMessage>, whole: Frames): Frames {
    return framesBy((encoding) => ({
      gap: this.gap(gap, encoding),
      lost: gap.lost ?? 0,
      frame: whole(encoding).frame,
    }))
  }

  gap(gap: Said<GapMessage>, encoding: Encoding): Frame {
    return this.#say({ ...gap, type: 'gap', sub: this.#source.sub }, encoding)
  }

  config(config: Said<ConfigMessage>, encoding: Encoding): Frame {
    return this.#say({ ...config, type: 'config', sub: this.#source.sub }, encoding)
  }

  #message(update: Update, encoding: Encoding, kind: string): Frame {
    const { sub, channel, instrument, clock, metrics } = this.#source
    const body = encoding.text ? (channel.toText(update, instrument) as Update) : update
    metrics.encoded(encoding.name, kind)
    return encoding.encode({ ...body, sub, serverTime: clock.now() })
  }

  #say(message: GapMessage | ConfigMessage, encoding: Encoding): Frame {
    this.#source.metrics.encoded(encoding.name, message.type)
    return encoding.encode(message)
  }
}

type Said<Message> = Omit<Message, 'type' | 'sub'>
