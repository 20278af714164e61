/**
 * What is published while it is measured: `perSecond` ticks, and in each tick one update of about `bytes` on the wire to each of the channels
 * from `from` up to but without `to`.
 */
export type Play = {
  readonly perSecond: number
  readonly from: number
  readonly to: number
  readonly bytes: number
}

type HostKind =
  | 'gateway'
  | 'dashboard'
  | 'ws-send'
  | 'ws-prepared'
  | 'ws-batch'
  | 'socketio-json'
  | 'socketio-buffer'
  | 'socketio-msgpack'

/** How a server process is told what to be; its first argument, as JSON. */
export type HostSpec = {
  readonly kind: HostKind
  readonly port: number
  /** The gateway only: how large an update's frame is on each channel, which is an instrument there, at the door named. */
  readonly sizes?: readonly number[]
  readonly door?: DoorName
  /** More flags of the gateway. */
  readonly flags?: readonly string[]
  /** The dashboard's only: how many times as many orders a second the simulated markets have as usual, and how many quiet instruments are beside them. */
  readonly pace?: number
  readonly quiet?: number
}

/** The gateway's doors, as it names them. */
export type DoorName = 'socketio-msgpack' | 'socketio-json' | 'websocket-msgpack' | 'websocket-json' | 'sse'

/** What the gateway counted since it started; the peers count nothing but the ticks of their plays. */
export type HostStats = {
  readonly ticks: number
  readonly encodes: number
  readonly frames: number
  readonly writes: number
  /** Writes among them that left with others in one call of the kernel. */
  readonly together: number
  readonly bytes: number
  readonly marks: number
}

export type HostOrder =
  | { readonly op: 'play'; readonly play: Play }
  | { readonly op: 'still' }
  | { readonly op: 'stats' }
  /** One tick, now. */
  | { readonly op: 'once'; readonly play: Play }
  /** Collects garbage and says what is left. */
  | { readonly op: 'collect' }
  /** Ends the process by itself, so that Node writes its profile. */
  | { readonly op: 'end' }
export type HostWord = { readonly port: number } | { readonly stats: HostStats } | { readonly collected: Held }

/** Bytes in use on the JavaScript heap and in buffers outside of it. */
type Held = { readonly bytes: number }

/** A server under test, in its own process. */
export type Host = {
  readonly port: number
  publish(channel: number, bytes: number): void
  /** After the last `publish` of a tick. */
  tick?(): void
  stats(): Omit<HostStats, 'ticks'>
}

export const NOTHING_COUNTED: Omit<HostStats, 'ticks'> = {
  encodes: 0,
  frames: 0,
  writes: 0,
  together: 0,
  bytes: 0,
  marks: 0,
}
