import type { AfterClose } from '@depthcast/protocol'
import type { ClientError } from '../errors.ts'

/** What a client says when it opens a connection. */
export type Hello = { readonly protocol: number; readonly client: string; readonly token?: string }

/** How a link ended, and the client's next move. */
export type LinkEnd = { readonly error: ClientError; readonly next: AfterClose }

export type LinkListener = {
  /** One message of the server. `bytes` is what it took on the wire, WebSocket and TCP headers left out. */
  message(type: string, body: unknown, bytes: number): void
  /** The answer to a request, which is handed to whoever asked, took so many. */
  answered(bytes: number): void
  /** Called exactly once, also when the link never opened; nothing follows. */
  ended(end: LinkEnd): void
}

/** One connection, from the attempt to its end. */
export type Link = {
  /** Sends a request. `answered` is called in the order of the wire, between the messages before and after the answer. */
  request(name: string, body: unknown, answered: (reply: unknown) => void): void
  /** Sends what is not answered. */
  tell(name: string, body: unknown): void
  /** Ends the link at once; the listener hears nothing more. */
  terminate(): void
}

/** A door of the server, as the client goes through it. Opens at once; messages and the end come later, never inside the call. */
export type Transport = {
  readonly name: string
  open(url: URL, hello: Hello, listener: LinkListener): Link
}
