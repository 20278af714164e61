import type { GapMessage, SubscribeResult, WireError } from '@depthcast/protocol'
import type { Said } from './doors.ts'
import type { ChannelTally, KindTally, Tally } from './tally.ts'
import type { Heard, Holding, Verifier } from './verifier.ts'

type Message = Extract<Said, { kind: 'message' }>

type Parts = {
  readonly tally: Tally
  readonly counts: KindTally
  /** That of the gateway process the client came to. */
  verifier(): Verifier
  now(): number
}

/** What one client holds of each of its views. Every message is held against its chain and checksum, and counted for its channel. */
export class Holdings {
  readonly #parts: Parts
  readonly #held = new Map<number, Holding | 'broken' | 'ticker' | undefined>()
  /** By the number of the view. */
  readonly #channels = new Map<number, ChannelTally>()
  #newest = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** When the newest message that was read was written, µs since 1970; before the first, when the views were granted. */
  get newest(): number {
    return this.#newest
  }

  /** The views, in the order of the mix. */
  granted(results: readonly Extract<SubscribeResult, { readonly sub: number }>[]): void {
    this.#newest = this.#parts.now()
    for (const [place, result] of results.entries()) {
      this.#parts.verifier().learn(result)
      this.#channels.set(result.sub, this.#parts.counts.channels[place] ?? this.#parts.counts.other)
    }
  }

  /** False for the message that shows a view to be wrong: it is to be asked for again. */
  hear(message: Message, heard: Heard | undefined, length: number): boolean {
    const { sub, serverTime = 0 } = (message.body ?? {}) as { readonly sub?: number; readonly serverTime?: number }
    const channel = (sub === undefined ? undefined : this.#channels.get(sub)) ?? this.#parts.counts.other
    if (serverTime > this.#newest) this.#newest = serverTime
    channel.messages++
    channel.payloadBytes += length
    if (heard !== undefined) return this.#verify(heard, channel)
    this.#control(message, channel)
    return true
  }

  #verify(heard: Heard, channel: ChannelTally): boolean {
    const { tally, verifier, now } = this.#parts
    const { sub, serverTime, exchangeTime, prev } = heard.body
    const held = this.#held.get(sub)
    if (held === 'broken' && prev !== undefined) return true
    if (prev !== undefined || held === 'ticker') {
      const at = now()
      channel.gateway.record(at - serverTime)
      if (exchangeTime !== undefined) channel.exchange.record(at - exchangeTime)
    }
    const made = verifier().take(typeof held === 'string' ? undefined : held, heard)
    if (made === undefined) {
      this.#held.set(sub, 'ticker')
      return true
    }
    channel.checked++
    const isWrong = 'wrong' in made
    this.#held.set(sub, isWrong ? 'broken' : made)
    if (isWrong) tally.sawWrong(channel, made)
    return !isWrong
  }

  #control({ type, body }: Message, channel: ChannelTally): void {
    if (type === 'gap') {
      const { sub, lost = 0, next } = body as GapMessage
      channel.gaps++
      channel.lostItems += lost
      if (next === 'snapshot') this.#held.delete(sub)
    }
    if (type === 'config') {
      const { sub, was } = body as { readonly sub: number; readonly was?: number }
      if (was !== undefined) {
        this.#held.delete(was)
        this.#channels.set(sub, this.#channels.get(was) ?? this.#parts.counts.other)
      }
    }
    if (type === 'error') this.#parts.tally.sawRefused((body as WireError).slug)
  }
}
