import { encodeMsgpack } from '@depthcast/protocol'
import { BINARY, clientFrame, type FrameListener, type Reader, TEXT } from './frames.ts'

/** What one client wants. */
export type Wish = {
  readonly channels: readonly number[]
  readonly rate: number | 'raw'
  readonly since?: readonly [epoch: number, seq: number]
}

export type Heard = { readonly opcode: number; readonly payload: Buffer }
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

export function isText(opcode: number): boolean {
  return opcode === TEXT
}

export function isNotEnginePing(_opcode: number, length: number): boolean {
  return length > 1
}

export function packet(value: unknown): Buffer {
  return clientFrame(BINARY, encodeMsgpack(value))
}

export function text(value: string): Buffer {
  return clientFrame(TEXT, value)
}

export function upgrade(path: string, subprotocol?: string): string {
  return request(path, [
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
  ])
}

export function request(path: string, headers: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, '', ''].join('\r\n')
}
