import { io, type Socket } from 'socket.io-client'
import officialParser from 'socket.io-msgpack-parser'
import type { WebSocket } from 'ws'
import { asText, type DoorKit, named, Refused, type Wire } from '../wire.ts'

/** Stock socket.io-client, with the official parser and without any. */
export const socketioMsgpack = kit('socketio-msgpack', { parser: officialParser }, Buffer.from([0xc1, 0xff, 0x00]))
export const socketioJson = kit('socketio-json', { path: '/socket.io-json' }, '42{"not":"an event"}')

function kit(name: string, options: object, malformed: string | Uint8Array): DoorKit {
  const read = name.endsWith('json') ? named : asText
  return {
    name,
    encoding: name,
    can: ['stream', 'requests'],
    malformed,
    connect(url, { subscribe: _later, ...auth }, ears) {
      const socket = io(url, { transports: ['websocket'], reconnection: false, forceNew: true, auth, ...options })
      socket.onAny((type: string, body: unknown) => ears.message(read(type, body)))
      socket.on('disconnect', (_reason, details) =>
        ears.closed((details as { readonly context?: { readonly code?: number } } | undefined)?.context?.code),
      )
      return new Promise<Wire>((resolve, reject) => {
        socket.once('connect', () => resolve(wireOf(socket, (request, answer) => ears.answer(request, answer))))
        socket.once('connect_error', (error) =>
          reject(new Refused((error as unknown as { data: Refused['wire'] }).data)),
        )
      })
    },
  }
}

function wireOf(socket: Socket, answered: (request: string, answer: unknown) => void): Wire {
  return {
    request(name, payload) {
      const args = payload === undefined ? [] : [payload]
      socket.emit(name, ...args, (answer: unknown) => answered(name, answer))
    },
    tell: (name, payload) => void socket.emit(name, payload),
    send: (message) => beneath(socket).send(message),
    reads: (isReading) => (isReading ? beneath(socket).resume() : beneath(socket).pause()),
    async token() {
      const { resume } = (await socket.emitWithAck('resume', {})) as { readonly resume: string }
      return resume
    },
    leave: () => void socket.disconnect(),
  }
}

/** The WebSocket under a stock client. */
function beneath(socket: Socket): WebSocket {
  return (socket.io.engine.transport as unknown as { readonly ws: WebSocket }).ws
}
