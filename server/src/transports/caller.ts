import type { IncomingMessage } from 'node:http'
import type { Handshake } from '../transport.ts'

/** What a request says of whoever makes it, before any handshake. */
export type Caller = Omit<Handshake, 'auth'>

export function callerOf({ headers: { origin, host, authorization }, socket }: IncomingMessage): Caller {
  return { address: socket.remoteAddress ?? '', origin, host, authorization }
}
