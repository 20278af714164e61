import { type ChannelName, channel, type GapMessage, type ServerMessage, type ViewUpdate } from '@depthcast/protocol'
import { NO_LANE } from '../../src/flow/lanes.ts'
import type { Hub } from '../../src/hub.ts'
import type { RateMs } from '../../src/pacer.ts'
import type { Subscriber, Subscription, ViewSpec } from '../../src/subscription.ts'
import type { Encoding, Frame } from '../../src/transport.ts'
import type { View } from '../../src/view.ts'

type Wish = { readonly rateMs?: RateMs | 'raw'; readonly mode?: ViewSpec['mode']; readonly depth?: number | 'all' }

/** A view's specification, as a request for it would be granted. */
export function viewSpec(name: ChannelName, symbol: string, wish: Wish = {}): ViewSpec {
  const { rateMs = 100, mode = 'merge', ...options } = wish
  const kind = channel(name)
  const params = kind.params(options)
  const key = `${name}.${kind.key(params)}.${rateMs}.${mode}`
  return { key, symbol, channel: kind, params, rateMs, mode, granted: { rateMs, mode } } as ViewSpec
}

/**
 * One client of one view without a session between: takes as many messages as it has room for, folds them with the protocol's own channel, and
 * notes every breach of the chain.
 */
export class Listener implements Subscriber {
  readonly encoding: Encoding
  readonly lane = NO_LANE
  readonly messages: ServerMessage[] = []
  readonly breaches: string[] = []
  readonly view: View
  readonly share: Subscription
  /** What it has folded; begins anew when it comes back with nothing. */
  held: unknown
  /** How many messages there were each time it began with nothing. */
  readonly begun: number[] = []
  /** Messages that fit at present. */
  room = Number.POSITIVE_INFINITY
  /** False until a whole message has come, and from a gap to the next one. */
  isValid = false
  readonly #hub: Hub
  #owed: Subscription | undefined

  constructor(hub: Hub, spec: ViewSpec, encoding: Encoding, paused = false) {
    this.#hub = hub
    this.encoding = encoding
    this.view = hub.open(spec)
    this.share = this.view.join(this, paused)
    this.#open()
    if (!paused) this.owe(this.share)
  }

  takes(): boolean {
    return this.room > 0 && (this.#owed === undefined || this.#isPaying)
  }

  push(frame: Frame): void {
    this.room--
    this.tell(frame)
  }

  tell(frame: Frame): void {
    const message = JSON.parse(frame.toString()) as ServerMessage
    this.messages.push(message)
    if (message.type === 'gap') this.#gap(message)
    else if (message.type !== 'config') this.#fold(message)
  }

  owe(subscription: Subscription): void {
    this.#owed = subscription
    this.#hub.touch(this)
  }

  isTouched = false
  #isPaying = false
  flush(): void {
    if (this.#owed === undefined || this.room <= 0) return
    this.#isPaying = true
    if (this.view.catchUp(this.#owed)) this.#owed = undefined
    this.#isPaying = false
  }

  /** Makes room, and lets the view know. */
  drain(room = Number.POSITIVE_INFINITY): void {
    this.room = room
    this.flush()
    this.#hub.settle()
  }

  /** Loses the connection and comes back with what it holds. Returns whether the view took it back there. */
  reconnect(position = this.view.positionOf(this.share)): boolean {
    const isRecovered = position !== undefined && this.view.resume(this.share, position)
    if (position === undefined) this.view.restart(this.share)
    if (!isRecovered) this.#open()
    this.#owed = undefined
    this.owe(this.share)
    this.#hub.settle()
    return isRecovered
  }

  /** Drops what it holds and asks for a whole message. */
  restartWhole(): void {
    this.view.restart(this.share)
    this.#open()
    this.owe(this.share)
    this.#hub.settle()
  }

  leave(): void {
    this.view.leave(this.share)
    this.#hub.release(this.view)
  }

  of<Type extends ServerMessage['type']>(type: Type): readonly Extract<ServerMessage, { type: Type }>[] {
    return this.messages.filter((message): message is Extract<ServerMessage, { type: Type }> => message.type === type)
  }

  #open(): void {
    this.held = this.view.spec.channel.open(this.view.listing.instrument, this.view.spec.params)
    this.isValid = false
    this.begun.push(this.messages.length)
  }

  #fold(message: ServerMessage): void {
    const isWhole = !('prev' in message) || message.prev === undefined
    if (!this.isValid && !isWhole) this.breaches.push(`${message.type} before its snapshot`)
    try {
      this.view.spec.channel.apply(this.held, message as unknown as ViewUpdate)
      this.isValid = true
    } catch (error) {
      this.breaches.push(String(error))
    }
  }

  #gap({ next }: GapMessage): void {
    if (next === 'snapshot') this.isValid = false
  }
}
