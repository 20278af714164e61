import { Decoder, Encoder, protocol, unpackBody, type WireError } from '@depthcast/protocol'
import { Manager, type Socket } from 'socket.io-client'
import { wireError } from '../incoming.ts'
import { endOfAttempt, endOfConnection } from './endings.ts'
import type { Hello, Link, LinkEnd, LinkListener, Transport } from './transport.ts'

/**
 * Socket.IO with the msgpack parser, WebSocket only.
 *
 * Each link has a manager of its own and Socket.IO's reconnection is off: when to come back depends on close codes and on what the server
 * asked for, which Socket.IO's policy cannot see.
 */
export const socketio: Transport = {
  name: 'socketio',
  open(url, hello, listener) {
    const manager = new Manager(url.origin.replace(/^ws/, 'http'), {
      path: `${url.pathname.replace(/\/$/, '')}/socket.io`,
      transports: ['websocket'],
      reconnection: false,
      autoConnect: false,
      parser: { protocol, Encoder, Decoder },
    })
    return new SocketIoLink(manager, hello, listener)
  },
}

class SocketIoLink implements Link {
  readonly #manager: Manager
  readonly #socket: Socket
  #listener: LinkListener | undefined
  /** Of the packet that is being handed on. */
  #bytes = 0

  constructor(manager: Manager, hello: Hello, listener: LinkListener) {
    this.#manager = manager
    this.#listener = listener
    // The parser makes one packet of each engine frame, and Socket.IO hands packets on in order, so sizes can wait in a queue of their own.
    const sizes: number[] = []
    manager.on('open', () => {
      // Before the manager's own handler of the frame, so that the size is there when the packet comes out.
      manager.engine.on('packet', (packet: { type: string; data?: unknown }) => {
        if (packet.type === 'message') sizes.push(sizeOf(packet.data))
      })
    })
    // Registered before the socket exists: the size is known when the socket hands the event on.
    manager.on('packet', () => {
      this.#bytes = sizes.shift() ?? 0
    })
    const socket = manager.socket('/', { auth: { ...hello } })
    let lastError: WireError | undefined
    socket.onAny((type: string, body: unknown) => {
      if (type === 'error') lastError = wireError(body)
      this.#listener?.message(type, unpackBody(type, body), this.#bytes)
    })
    socket.on('connect_error', (error) => this.#end(endOfAttempt(error)))
    socket.on('disconnect', (reason, details) => this.#end(endOfConnection(reason, closeCodeOf(details), lastError)))
    this.#socket = socket
    // A link never calls back inside the call that opened it.
    queueMicrotask(() => {
      if (this.#listener !== undefined) socket.connect()
    })
  }

  request(name: string, body: unknown, answered: (reply: unknown) => void): void {
    this.#socket.emit(name, body, (reply: unknown) => {
      if (this.#listener === undefined) return
      this.#listener.answered(this.#bytes)
      answered(reply)
    })
  }

  tell(name: string, body: unknown): void {
    this.#socket.emit(name, body)
  }

  terminate(): void {
    this.#listener = undefined
    this.#socket.disconnect()
    this.#manager._close()
  }

  #end(end: LinkEnd): void {
    const listener = this.#listener
    this.terminate()
    listener?.ended(end)
  }
}

function sizeOf(frame: unknown): number {
  if (frame instanceof ArrayBuffer || ArrayBuffer.isView(frame)) return frame.byteLength
  return typeof frame === 'string' ? frame.length : 0
}

/** Socket.IO hands on the WebSocket's close event as `context`. */
function closeCodeOf(details: unknown): number | undefined {
  const context = (details as { context?: { code?: unknown } } | undefined)?.context
  return typeof context?.code === 'number' ? context.code : undefined
}
