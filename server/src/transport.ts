import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ServerMessage, WireError } from '@depthcast/protocol'

/** One message as the bytes that leave through a door, shared by everyone they are for: never written to again. */
export type Frame = Buffer

/** How a door says a message. Two doors with the same encoding object share frames. */
export type Encoding = {
  /** As metrics call it. */
  readonly name: string
  /** True where numbers leave as decimal strings instead of integers. */
  readonly text: boolean
  encode(message: ServerMessage): Frame
}

/** One client's way out. What is written leaves in order; nothing here waits for anything. */
export type Door = {
  readonly encoding: Encoding
  /** Where the client is, for logs. */
  readonly address: string
  /** Hands a frame, or several in one buffer, to the socket. Returns what `buffered` is then. */
  write(frame: Frame): number
  /**
   * The file descriptor by which the kernel can be given frames for the client as they are, with nothing before them that this process still
   * holds; below 0 where only `write` knows the way at present. Good until anything else is done with the door.
   */
  descriptor(): number
  /** Bytes this process still holds for the client; what the kernel holds is not seen. */
  buffered(): number
  /** Called whenever the socket took something it had been holding. One listener. */
  onDrain(listener: () => void): void
  /**
   * Frames that the other end answers once it has read everything before them, without the client's program doing anything: a WebSocket's pings.
   * The same for all clients, answered in the order in which they are sent; none where the door has no such thing. Some may be
   * left unanswered where one behind them is answered.
   */
  readonly marks: readonly Frame[]
  /** Hears the place in `marks` of one that was answered. One listener. */
  onAnswer(listener: (number: number) => void): void
  /** Sends what is buffered, then closes with a WebSocket close code. Bounded in time whatever the client does. */
  close(code: number, reason: string): void
  /** Ends the connection at once: not a byte follows what has left. */
  vanish(): void
}

/** What a client said when it came. */
export type Handshake = {
  /** Its handshake, unread: `{protocol?, token?, client?, resume?}`. */
  readonly auth: unknown
  readonly address: string
  /** The page it comes from, where a browser says so. */
  readonly origin: string | undefined
  /** The `Host` it asked for: pages of the same host are our own. */
  readonly host: string | undefined
  /** The `Authorization` header, for whoever can set one. */
  readonly authorization: string | undefined
}

/** Answers one request; called at most once, and before anything the request caused is sent. */
export type Reply = (answer: unknown) => void

/** What a door drives: one client's session. */
export type Guest = {
  /** One message of the client. Never throws. */
  receive(event: unknown, payload: unknown, reply: Reply | undefined): void
  /** The client sent what cannot be read at all; it is told, then the connection closes. */
  malformed(error: Error): void
  /** The connection is gone. */
  gone(reason: string): void
  /**
   * The session's resume token as of what it has written to its door so far, this write included when it is asked for while writing. A door
   * that numbers its events by it asks after each write, so a call costs the positions and nothing else. Throws ProtocolError 422 where the
   * session holds more than a token can carry.
   */
  resume(): string
}

/** Lets a client in: a function that starts its session at its door, called at once or never, or the reason why not. */
export type Admission =
  | { readonly admitted: true; enter(door: Door): Guest }
  | ({ readonly admitted: false } & WireError)

export type Reception = {
  admit(handshake: Handshake): Promise<Admission>
  /** Largest message a client may send, bytes. */
  readonly messageBytes: number
  /** How long a client may take until it has said its handshake. */
  readonly handshakeMs: number
}

/** A kind of door: one file in `transports/`, one line in its index. */
export type Transport = {
  readonly name: string
  /** The request path that is this door's; one that ends in `/` stands for everything beneath it. */
  readonly path: string
  attach(server: Server, reception: Reception): Attached
}

export type Attached = {
  /** Answers a plain request at the door's path; where it is missing the door hears the server's requests by itself, or takes none. */
  readonly request?: (request: IncomingMessage, response: ServerResponse) => void
  /** Answers a request for an upgrade at the door's path, or refuses it; where it is missing the door hears the server's upgrades by itself. */
  readonly upgrade?: (request: IncomingMessage, socket: Socket, head: Buffer) => void
  /** Ends every connection that is left. */
  close(): void
}
