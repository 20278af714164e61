import type { Socket } from 'socket.io'
import type { Echo, Frame } from '../transport.ts'
import { numberOfPong, pingFrame } from './frame.ts'

/**
 * The one place that knows the inside of a Socket.IO connection.
 *
 * Frames built beforehand go in through the option `wsPreEncodedFrame` of Engine.IO's write, which Socket.IO's own adapter uses for text
 * broadcasts: the engine hands such a frame to the WebSocket as it is, binary ones too, and keeps it in order with acks and pings. What it
 * takes for one frame may be several in one buffer. test/engine.test.ts fails when a release of Socket.IO, Engine.IO or ws moves any of it.
 */
export type Engine = {
  write(frames: readonly Frame[]): void
  /** Bytes not yet taken by the kernel, in the engine's queue and in the socket's. */
  buffered(): number
  /** Called when the kernel took everything written so far. */
  onDrain(listener: () => void): void
  /** Called with each message as it came, before it is parsed. */
  onRaw(listener: (message: string | Uint8Array) => void): void
  onClose(listener: (reason: string) => void): void
  /** WebSocket's own ping and pong, beneath Engine.IO's: every WebSocket library answers them by itself. */
  readonly echo: Echo
  close(code: number, reason: string): void
}

/** How long a client may take for its part of a close before its socket is destroyed. */
const CLOSE_PATIENCE_MS = 1000

export function engineOf(socket: Socket): Engine {
  const conn = socket.conn as unknown as Conn
  const { transport } = conn
  const webSocket = transport.socket
  return {
    write(frames) {
      const wsPreEncodedFrame = frames.length > 2 ? [Buffer.concat(frames)] : frames
      conn.write(undefined, { compress: false, wsPreEncodedFrame })
    },
    buffered() {
      let bytes = webSocket.bufferedAmount
      for (const packet of conn.writeBuffer) bytes += sizeOf(packet)
      return bytes
    },
    onDrain: (listener) => transport.on('ready', listener),
    onRaw: (listener) =>
      conn.on('packet', ({ type, data }) => {
        if (type === 'message' && data !== undefined) listener(data)
      }),
    onClose: (listener) => conn.on('close', listener),
    echo: {
      mark: pingFrame,
      onAnswer: (listener) =>
        webSocket.on('pong', (payload) => {
          const number = numberOfPong(payload)
          if (number !== undefined) listener(number)
        }),
    },
    close(code, reason) {
      if (conn.readyState !== 'open') return
      // A client who reads nothing would otherwise keep the socket for as long as it likes.
      setTimeout(() => webSocket.terminate(), CLOSE_PATIENCE_MS).unref()
      if (conn.writeBuffer.length === 0) webSocket.close(code, reason)
      else conn.once('drain', () => webSocket.close(code, reason))
    },
  }
}

function sizeOf({ data, options }: Packet): number {
  let bytes = data === undefined ? 0 : byteLength(data)
  for (const frame of options?.wsPreEncodedFrame ?? []) bytes += frame.length
  return bytes
}

export function byteLength(message: string | Uint8Array): number {
  return typeof message === 'string' ? Buffer.byteLength(message) : message.byteLength
}

// Engine.IO 6.6 and ws 8, as far as we touch them

type Packet = {
  readonly type: string
  readonly data?: string | Uint8Array
  readonly options?: { readonly wsPreEncodedFrame?: readonly Frame[] }
}

type Conn = {
  readonly readyState: 'opening' | 'open' | 'closing' | 'closed'
  readonly transport: { readonly socket: WebSocketInside; on(event: 'ready', listener: () => void): void }
  readonly writeBuffer: readonly Packet[]
  write(data: undefined, options: { readonly compress: false; readonly wsPreEncodedFrame: readonly Frame[] }): void
  on(event: 'packet', listener: (packet: Packet) => void): void
  on(event: 'close', listener: (reason: string) => void): void
  once(event: 'drain', listener: () => void): void
}

type WebSocketInside = {
  readonly bufferedAmount: number
  on(event: 'pong', listener: (payload: Buffer) => void): void
  close(code: number, reason: string): void
  terminate(): void
}
