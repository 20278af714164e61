import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Frame } from '../transport.ts'

const NOTHING = Buffer.alloc(0)

/**
 * Hands frames to a TCP socket in one write. `taken` is called once the kernel has everything that it did not take at once, and not at all where
 * it took everything: Node would keep a note for each write to call back later, which is a tenth of what a write costs.
 */
export function writeOut(socket: Socket, frames: readonly Frame[], taken: () => void): number {
  const bytes = frames.length === 1 ? (frames[0] as Frame) : Buffer.concat(frames)
  if (socket.writableLength > 0 || isEncrypted(socket)) {
    socket.write(bytes, taken)
    return socket.writableLength
  }
  socket.write(bytes)
  // Behind what is left, so that its turn comes when all of that has gone.
  const left = socket.writableLength
  if (left > 0) socket.write(NOTHING, taken)
  return left
}

/** What goes through TLS is never taken at once. */
function isEncrypted(socket: Socket | TLSSocket): boolean {
  return 'encrypted' in socket && socket.encrypted
}
