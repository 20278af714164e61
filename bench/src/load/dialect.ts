import { BINARY, type FrameListener, type Heard, type Reader } from '@depthcast/simulators/clients'

/** What one client wants. */
export type Wish = {
  readonly channels: readonly number[]
  readonly rate: number | 'raw'
  readonly since?: readonly [epoch: number, seq: number]
}

/** Says what the client says until it has what it wants; given each message that comes. */
export type Talk = Generator<Buffer | undefined, void, Heard>

/** How one kind of server is spoken to, by hand. */
export type Dialect = {
  /** What the client opens its connection with, an HTTP request or the protocol's own. */
  open(wish: Wish): string | Buffer
  /** The client's part until it is subscribed; the first `next` comes when the connection is open. */
  talk(wish: Wish): Talk
  reader(listener: FrameListener): Reader
  /** Does the server begin with an HTTP response? */
  readonly http: boolean
  /** Type and body of one of our messages, answers and what is not a message left out. */
  read?(heard: Heard): readonly [type: string, body: unknown] | undefined
  /** Is a message of so many bytes one that carries data? Without it, all are. */
  isData?(opcode: number, length: number): boolean
  ack?(n: number): Buffer
}

export type Packet = { readonly type: number; readonly data: readonly unknown[] }

export function* until(is: (heard: Heard) => boolean): Talk {
  while (!is(yield undefined)) {}
}

export function isBinary(opcode: number): boolean {
  return opcode === BINARY
}

export function isNotEnginePing(_opcode: number, length: number): boolean {
  return length > 1
}
