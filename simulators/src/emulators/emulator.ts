import type { Exchange, OrderEvent } from '@depthcast/feeds/simulation'

/** Time on the wall as the emulated venues show it, µs since 1970. Virtual in tests and soaks. */
export type Now = number

/** What one client's socket, and the clock, say to a conversation. */
export type EmulatorInput =
  | { readonly kind: 'open'; readonly now: Now }
  | { readonly kind: 'frame'; readonly now: Now; readonly text: string }
  | { readonly kind: 'ping' | 'pong'; readonly now: Now; readonly payload: string }
  | { readonly kind: 'tick'; readonly now: Now }
  | { readonly kind: 'closed'; readonly now: Now }

/** What a conversation does. */
export type EmulatorOutput =
  /** `split`: sent in pieces, where there is a wire to send them on. */
  | { readonly kind: 'frame'; readonly text: string; readonly split?: true }
  | { readonly kind: 'ping' | 'pong'; readonly payload: string }
  /** Wants a `tick` at this time; a later timer does not cancel an earlier one. */
  | { readonly kind: 'timer'; readonly at: Now }
  /** 1006 is no code to send: the connection is reset. */
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }

/**
 * One client's WebSocket as the venue holds it, pure: no socket, timer or clock inside, so that tests, faults and soaks drive it on virtual time and
 * a real server on the real one.
 */
export type Conversation = {
  step(input: EmulatorInput): readonly EmulatorOutput[]
  /** What it wants to hear of, as the exchange spells it; read again after every frame from the client. Undefined: everything. */
  readonly symbols?: ReadonlySet<string> | undefined
  /** Hears what happened on the exchange; answers in `step`, at its next tick, or at once. */
  market(event: OrderEvent, now: Now): readonly EmulatorOutput[]
}

export type HttpQuestion = {
  readonly now: Now
  readonly method: string
  readonly path: string
  /** Of the address; of a POST, those of its body too. */
  readonly query: URLSearchParams
  readonly address: string
  /** By names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
}
export type HttpAnswer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
  /** Held back for so long, ms. */
  readonly delayMs?: number
}

/** A socket is let in with its conversation, or refused with an HTTP status. */
export type Upgrade =
  | { readonly accepted: true; readonly conversation: Conversation }
  | { readonly accepted: false; readonly answer: HttpAnswer }

/** How a venue numbers the books of a symbol, which the exchange's own name stands for. */
export type Numbering = {
  /** The newest number. */
  last(symbol: string): number
  /** The exchange's event after which the book had this number; undefined for one it never had, or that is too long ago. */
  eventAt(symbol: string, sequence: number): number | undefined
}

/** A venue's public face: what it answers at which paths. Undefined where a path is not its own. */
export type Emulator = {
  readonly venue: string
  /** Undefined where nothing on the wire numbers a book. */
  readonly numbering?: Numbering
  /** Hears everything, whoever listens, before any conversation does: what a venue keeps for all (last trades, candles, day figures). */
  market?(event: OrderEvent, now: Now): void
  http(question: HttpQuestion): HttpAnswer | undefined
  upgrade(question: HttpQuestion): Upgrade | undefined
}

/**
 * What all emulated venues of a process share. `faults.strikes` says whether a fault is to happen here and now, and counts it where it does; the
 * name is one of the table in `faults/table.ts`.
 */
export type World = {
  readonly exchange: Exchange
  /** The wall time at which the exchange opened. */
  readonly openedAt: Now
  readonly faults: { strikes(fault: string, where: { readonly venue: string; readonly symbol?: string }): boolean }
}
