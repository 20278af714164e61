import type { DialectName } from './dialects.ts'

/** Opens so many clients at a server. */
export type Connect = {
  readonly op: 'connect'
  readonly dialect: DialectName
  readonly port: number
  readonly clients: number
  /** Channels each client takes: all from 0 up, or its share of one: client i takes channel i modulo the count. */
  readonly channels: { readonly all: number } | { readonly spread: number } | { readonly none: true }
  /** The gateway's rate of each subscription; the rates are dealt to the clients in turn. */
  readonly rates: readonly (number | 'raw')[]
  /** How many of the clients, evenly spread, look into each message: its stamp, and at our doors its chain and checksum. */
  readonly sampled: number
  /** Confirm what was received by `ack`, as the SDK does, or by answering pings, as every WebSocket does. */
  readonly confirm: 'ack' | 'pong'
  /** What the clients hold already. */
  readonly since?: readonly [epoch: number, seq: number]
}

export type LoadOrder =
  | Connect
  /** From now on: the first so many read nothing, the next so many 8 KB a second. None of these are sampled or counted. */
  | { readonly op: 'slow'; readonly stalled: number; readonly trickling: number }
  /** All of them read again. */
  | { readonly op: 'wake' }
  | { readonly op: 'reset' }
  | { readonly op: 'report' }
  /** Cuts every connection at once. */
  | { readonly op: 'cut' }

export type Received = {
  /** Data messages, control ones and answers left out. */
  readonly messages: number
  /** Of those, payload alone. */
  readonly payloadBytes: number
  /** Everything read from the sockets. */
  readonly bytes: number
  /** Milliseconds from a message's stamp to its reader, of the sampled clients; null, which is JSON's NaN, where there was none. */
  readonly latency: { readonly count: number; readonly p50: number | null; readonly p99: number | null }
  /** Messages of the sampled clients folded into books, and those that broke a chain or a checksum. */
  readonly checked: number
  readonly wrong: number
  /** The first thing found wrong. */
  readonly complaint?: string
  /** `gap` messages, and connections that ended by themselves. */
  readonly gaps: number
  readonly lost: number
  /** Where the sampled clients are in the chain of channel 0. */
  readonly position: readonly [epoch: number, seq: number] | undefined
  /** Of the sampled clients that were woken. */
  readonly woken: readonly Woken[]
}

/** What clients that were slow got once they read again. */
export type Woken = {
  /** How old the oldest thing was when it was read, ms: what the network held for the client is in it. */
  readonly oldestMs: number
  /**
   * How old the first thing was that was sent after waking, ms: the one after the longest pause between two stamps. The oldest where nothing was
   * left out.
   */
  readonly firstSentMs: number
  /** Milliseconds of the market that are missing in between. */
  readonly leftOutMs: number
  /** The slowest rate the server put the client's views to, ms; 0 where it let them be. */
  readonly slowedToMs: number
}

export type LoadWord =
  | { readonly connected: number }
  | { readonly received: Received }
  | { readonly done: string }
  | { readonly failed: string }
