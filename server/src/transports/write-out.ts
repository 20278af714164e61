import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Frame } from '../transport.ts'

const NOTHING = Buffer.alloc(0)

/**
 * Hands a frame to a TCP socket. `taken` is called once the kernel has everything that it did not take at once, and not at all where
 * it took everything: Node would keep a note for each write to call back later, which is a tenth of what a write costs.
 */
export function writeOut(socket: Socket, frame: Frame, taken: () => void): number {
  if (socket.writableLength > 0 || isEncrypted(socket)) {
    socket.write(frame, taken)
    return socket.writableLength
  }
  socket.write(frame)
  // Behind what is left, so that its turn comes when all of that has gone.
  const left = socket.writableLength
  if (left > 0) socket.write(NOTHING, taken)
  return left
}

// To give the kernel bytes for a socket directly takes its number and its queue, which are Node's own. They are where Node 20 to 26 keep them:
// test/write-out.test.ts fails when one of them moves any of it.

/** What a socket has been given and has not passed on, as the socket itself keeps account of it. */
export type Queue = { readonly length: number; readonly destroyed: boolean }
type Inside = Socket & { readonly _handle?: { readonly fd: number } | null; readonly _writableState: Queue }

export function queueOf(socket: Socket): Queue {
  return (socket as Inside)._writableState
}

/** The number by which the kernel knows a socket; below 0 over TLS, and where the platform has none. Another socket may have it once this one is closed. */
export function descriptorOf(socket: Socket): number {
  return isEncrypted(socket) ? -1 : ((socket as Inside)._handle?.fd ?? -1)
}

/** Whether bytes that the kernel is given directly are what comes next: the socket is open, and holds nothing that is to go before them. */
export function isIdle({ length, destroyed }: Queue): boolean {
  return length === 0 && !destroyed
}

/** What goes through TLS is never taken at once. */
function isEncrypted(socket: Socket | TLSSocket): boolean {
  return 'encrypted' in socket && socket.encrypted
}
