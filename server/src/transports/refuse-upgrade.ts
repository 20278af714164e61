import type { Socket } from 'node:net'

const PHRASES = { 400: 'Bad Request', 404: 'Not Found' } as const

/** Answers a request for an upgrade with an error, in words where there are any, and waits for nothing more from whoever sent it. */
export function refuseUpgrade(socket: Socket, status: keyof typeof PHRASES, message = ''): void {
  socket.on('error', () => socket.destroy())
  const head = [
    `HTTP/1.1 ${status} ${PHRASES[status]}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(message)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${message}`)
  socket.destroySoon()
}
