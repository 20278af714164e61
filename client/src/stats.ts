/** What happened on all connections of a client so far. */
export type Counters = {
  /** Received, answers to requests included; Socket.IO's own packets left out, WebSocket and TCP headers too. */
  bytesIn: number
  /** Of these, what came for subscriptions: the rest keeps the connection itself, answers requests, and tells how instruments are. */
  bytesOfViews: number
  messages: number
  /** Messages that became part of a view. */
  updates: number
  /** Source updates folded into them. */
  merged: number
  /** Breaks the server told. */
  gaps: number
  /** Breaks found here. */
  chainsBroken: number
  checksumFailures: number
  /** Messages that could not be read. */
  malformed: number
  /** Fresh snapshots asked for because of any of these. */
  resyncs: number
  /** Views that went on after a reconnect from where they were. */
  recovered: number
  /** Acknowledgements sent. */
  acks: number
}

export function newCounters(): Counters {
  return {
    bytesIn: 0,
    bytesOfViews: 0,
    messages: 0,
    updates: 0,
    merged: 0,
    gaps: 0,
    chainsBroken: 0,
    checksumFailures: 0,
    malformed: 0,
    resyncs: 0,
    recovered: 0,
    acks: 0,
  }
}

export type ClientStats = Readonly<Counters> & {
  readonly reconnects: number
  readonly subscriptions: number
  /** Shortest of the recent round trips, ms; undefined until one was made on this connection. */
  readonly rttMs: number | undefined
  /** How far the server's clock is ahead of ours, ms, good to half of `rttMs`; undefined until it was measured. */
  readonly clockOffsetMs: number | undefined
  /** How many instruments the server has, by its last heartbeat on this connection: where it changes, `instruments()` has others, too. */
  readonly listed: number | undefined
}

/** The same of one subscription. Messages of a view that several share count for each. */
export type SubscriptionStats = {
  readonly bytes: number
  /** Its even part of these, where others shared them: over all subscriptions these add up to what came. */
  readonly bytesShare: number
  /** How many subscriptions the last message came for, this one among them; 0 before the first. */
  readonly sharedBy: number
  readonly messages: number
  readonly merged: number
  readonly updates: number
  /** ms since 1970; undefined before the first. */
  readonly lastMessageAt: number | undefined
  /** From the server's send to our receipt of the last message that said when, ms, by the clock offset; undefined while that is unknown. */
  readonly latencyMs: number | undefined
}
