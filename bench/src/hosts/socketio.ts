import { createServer } from 'node:http'
import { Server, type ServerOptions } from 'socket.io'
import msgpackParser from 'socket.io-msgpack-parser'
import { stamped } from '../stamp.ts'
import { type Host, NOTHING_COUNTED } from './order.ts'

type Kind = 'socketio-json' | 'socketio-buffer' | 'socketio-msgpack'

/** What a Socket.IO user does today: each channel a room, each update a broadcast to it. */
export async function socketioHost(kind: Kind, port: number): Promise<Host> {
  const server = createServer()
  const options: Partial<ServerOptions> = {
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    // The gateway's own: no pings of the library in the middle of a measurement.
    pingInterval: 20_000,
    pingTimeout: 60_000,
    ...(kind === 'socketio-msgpack' ? { parser: msgpackParser } : {}),
  }
  const io = new Server(server, options)
  io.on('connection', (socket) => {
    socket.on('subscribe', async (channels: readonly number[], reply: (answer: string) => void) => {
      await socket.join(channels.map(String))
      reply('subscribed')
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port,
    publish(channel, bytes) {
      const payload = stamped(bytes)
      io.to(String(channel)).emit('update', kind === 'socketio-buffer' ? Buffer.from(payload) : payload)
    },
    stats: () => NOTHING_COUNTED,
  }
}
