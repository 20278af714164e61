import type { EmulatorOutput, Now } from '../emulator.ts'

const SECOND = 1_000_000
const PING_EVERY = 20 * SECOND
const PONG_WITHIN = 60 * SECOND
const MESSAGES_PER_SECOND = 5
/** The end is announced so long before it. */
const NOTICE = 600 * SECOND
/** A socket that is to be shut down out of turn. */
const SHORT_NOTICE = 10 * SECOND

type End = { readonly code: number; readonly reason: string }

/**
 * How long one socket lives: a ping each 20 s, whose pong must come back with the same payload within 60 s; five messages a second from the client;
 * 24 hours at most, with an announcement before. Source: binance-spot-api-docs, web-socket-streams.md, "General WSS information".
 */
export class Life {
  readonly #lifeUs: number
  /** Pings that nobody has answered, by payload. */
  readonly #unanswered = new Map<string, Now>()
  #messages: Now[] = []
  #pingAt: Now = 0
  #announceAt: Now = 0
  #endAt: Now = 0
  #announced = false
  #second = 0

  constructor(lifeMs: number) {
    this.#lifeUs = lifeMs * 1000
  }

  open(now: Now): readonly EmulatorOutput[] {
    this.#pingAt = now + PING_EVERY
    this.#endAt = now + this.#lifeUs
    this.#announceAt = this.#endAt - Math.min(NOTICE, this.#lifeUs / 2)
    return [this.#pingAt, this.#announceAt, this.#endAt].map((at) => ({ kind: 'timer', at }))
  }

  /** Counts a message of the client; false when it is one too many. */
  take(now: Now): boolean {
    this.#messages = this.#messages.filter((at) => at > now - SECOND)
    this.#messages.push(now)
    return this.#messages.length <= MESSAGES_PER_SECOND
  }

  /** A pong that repeats no ping of ours is allowed, and proves nothing. */
  pong(payload: string): void {
    const sentAt = this.#unanswered.get(payload)
    if (sentAt === undefined) return
    for (const [other, at] of this.#unanswered) if (at <= sentAt) this.#unanswered.delete(other)
  }

  /** True once in every second that somebody asks in. */
  isNewSecond(now: Now): boolean {
    const second = Math.floor(now / SECOND)
    if (second === this.#second) return false
    this.#second = second
    return true
  }

  /** `isShutDown`: the server of this socket goes down soon, whatever its age. */
  tick(
    now: Now,
    isShutDown: boolean,
  ): { readonly announces: boolean; readonly outputs: readonly EmulatorOutput[]; readonly ends: End | undefined } {
    const outputs: EmulatorOutput[] = []
    if (now >= this.#pingAt) outputs.push(...this.#ping(now))
    if (isShutDown && !this.#announced) {
      this.#announceAt = now
      this.#endAt = now + SHORT_NOTICE
      outputs.push({ kind: 'timer', at: this.#endAt })
    }
    const announces = !this.#announced && now >= this.#announceAt
    this.#announced ||= announces
    return { announces, outputs, ends: this.#end(now) }
  }

  #ping(now: Now): readonly EmulatorOutput[] {
    const payload = String(Math.floor(now / 1000))
    this.#unanswered.set(payload, now)
    this.#pingAt = now + PING_EVERY
    return [
      { kind: 'ping', payload },
      { kind: 'timer', at: this.#pingAt },
      { kind: 'timer', at: now + PONG_WITHIN },
    ]
  }

  #end(now: Now): End | undefined {
    if (now >= this.#endAt) return { code: 1000, reason: '' }
    for (const sentAt of this.#unanswered.values()) {
      if (now >= sentAt + PONG_WITHIN) return { code: 1008, reason: 'Pong timeout' }
    }
    return undefined
  }
}
