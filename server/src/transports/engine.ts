import type { Socket } from 'node:net'
import type { Socket as ServedSocket } from 'socket.io'
import type { Door, Encoding, Frame } from '../transport.ts'
import { MARKS, numberOfPong, webSocketFrame } from './frame.ts'
import type { Pinged } from './pinger.ts'
import { descriptorOf, isIdle, type Queue, queueOf, writeOut } from './write-out.ts'

/** How long a client may take for its part of a close before its socket is destroyed. */
const CLOSE_PATIENCE_MS = 1000

/**
 * One Socket.IO connection as a door, and the one place that knows the inside of one.
 *
 * Frames built beforehand go to the TCP socket, or, while the engine has something of its own on the way, in through the option
 * `wsPreEncodedFrame` of Engine.IO's write, which Socket.IO's own adapter uses for text
 * broadcasts: the engine hands such a frame to the WebSocket as it is, binary ones too, and keeps it in order with acks and pings. What it
 * takes for one frame may be several in one buffer. test/engine.test.ts fails when a release of Socket.IO, Engine.IO or ws moves any of it.
 */
export class Engine implements Door, Pinged {
  // What each write needs, side by side: an object begins where its first field is
  readonly #tcp: Socket
  readonly #descriptor: number
  readonly #queue: Queue
  /** The engine has something of its own on its way: what comes now goes through it, too, and stays behind. */
  #isBusy = false
  readonly #onTaken = (): void => this.taken()
  readonly encoding: Encoding
  readonly address: string
  unanswered = 0
  readonly #conn: Conn
  readonly #webSocket: WebSocketInside
  #onRaw: ((message: string | Uint8Array) => void) | undefined
  #onDrain: (() => void) | undefined
  #onAnswer: ((number: number) => void) | undefined

  /** For a connection whose handshake is over: what Socket.IO and Engine.IO keep of that is let go, and pinging it is left to `ping`. */
  constructor(socket: ServedSocket, encoding: Encoding) {
    this.encoding = encoding
    this.address = socket.handshake.address
    this.#conn = socket.conn as unknown as Conn
    // There is one transport, from the first byte to the last.
    this.#webSocket = this.#conn.transport.socket
    this.#tcp = this.#webSocket._socket
    this.#descriptor = descriptorOf(this.#tcp)
    this.#queue = queueOf(this.#tcp)
    forgetHandshake(socket, this.#conn)
    stopPinging(this.#conn)
    listen(this.#conn, this)
    this.#look()
  }

  /**
   * Straight to the TCP socket while nothing of the engine's own is on its way: the socket keeps the order, and the engine's bookkeeping for each
   * write is a fifth of what a write costs. Through the engine otherwise.
   */
  write(frame: Frame): number {
    if (!this.#isBusy) return writeOut(this.#tcp, frame, this.#onTaken)
    this.#conn.write(undefined, { compress: false, wsPreEncodedFrame: [frame] })
    return this.buffered()
  }

  descriptor(): number {
    return !this.#isBusy && isIdle(this.#queue) ? this.#descriptor : -1
  }

  /** Bytes not yet taken by the kernel, in the engine's queue and in the socket's. */
  buffered(): number {
    if (!this.#isBusy) return this.#tcp.writableLength
    let bytes = this.#webSocket.bufferedAmount
    for (const packet of this.#conn.writeBuffer) bytes += sizeOf(packet)
    return bytes
  }

  /** Called when the kernel took everything written so far. */
  onDrain(listener: () => void): void {
    this.#onDrain = listener
  }

  /** Called with each message as it came, before it is parsed. */
  onRaw(listener: (message: string | Uint8Array) => void): void {
    this.#onRaw = listener
  }

  /** WebSocket's own ping and pong, beneath Engine.IO's: every WebSocket library answers them by itself. */
  get marks(): readonly Frame[] {
    return MARKS
  }

  onAnswer(listener: (number: number) => void): void {
    this.#onAnswer = listener
  }

  /** Engine.IO's own ping: a stock client leaves where there are none. */
  ping(): void {
    this.unanswered++
    if (this.#conn.readyState === 'open') this.write(PING)
  }

  vanish(): void {
    this.#webSocket.terminate()
  }

  close(code: number, reason: string): void {
    const webSocket = this.#webSocket
    if (this.#conn.readyState !== 'open') return
    // A client who reads nothing would otherwise keep the socket for as long as it likes.
    setTimeout(() => webSocket.terminate(), CLOSE_PATIENCE_MS).unref()
    if (this.#conn.writeBuffer.length === 0) webSocket.close(code, reason)
    else this.#conn.once('drain', () => webSocket.close(code, reason))
  }

  heard({ type, data }: Packet): void {
    this.unanswered = 0
    if (type === 'message' && data !== undefined) this.#onRaw?.(data)
  }

  /** The engine begins to send something of its own. */
  created(): void {
    this.#isBusy = true
  }

  /** The engine is ready for more. */
  ready(): void {
    this.#look()
    this.#onDrain?.()
  }

  taken(): void {
    this.#onDrain?.()
  }

  answered(payload: Buffer): void {
    const number = numberOfPong(payload)
    if (number !== undefined) this.#onAnswer?.(number)
  }

  #look(): void {
    const { transport, writeBuffer } = this.#conn
    this.#isBusy = writeBuffer.length > 0 || !transport.writable
  }
}

const PING = webSocketFrame('2')

// The same few listeners for every connection: a closure for each costs memory ten thousand times

const ENGINE = Symbol('engine')
type Carrier = { [ENGINE]?: Engine }

function listen(conn: Conn, engine: Engine): void {
  const { transport } = conn
  for (const carrier of [conn, transport, transport.socket] as readonly Carrier[]) carrier[ENGINE] = engine
  conn.on('packet', onPacket)
  conn.on('packetCreate', onPacketCreate)
  transport.on('ready', onReady)
  transport.socket.on('pong', onPong)
}

function onPacket(this: Carrier, packet: Packet): void {
  this[ENGINE]?.heard(packet)
}

function onPacketCreate(this: Carrier): void {
  this[ENGINE]?.created()
}

function onReady(this: Carrier): void {
  this[ENGINE]?.ready()
}

function onPong(this: Carrier, payload: Buffer): void {
  this[ENGINE]?.answered(payload)
}

/** Engine.IO has a timer of its own for each connection. */
function stopPinging(conn: Conn): void {
  clearTimeout(conn.pingIntervalTimer ?? undefined)
  conn.pingIntervalTimer = null
}

/**
 * A connection keeps the request that began it for as long as it lasts, through half a dozen references: its headers, its address, its
 * listeners. That is a third of what an idle connection costs, and nobody asks for it again.
 *
 * Source: Socket.IO documentation, "Memory usage", for `request`; the rest is held in place by test/engine.test.ts.
 */
function forgetHandshake(socket: ServedSocket, conn: Conn): void {
  conn.request = null
  const kept = socket as unknown as { handshake: ServedSocket['handshake']; acks: Map<number, unknown> }
  kept.handshake = NO_HANDSHAKE
  kept.acks = NO_ACKS
  // Hears of headers that only long polling has, and of an error before there was a connection.
  conn.transport.removeAllListeners('headers')
  const { socket: webSocket } = conn.transport
  for (const listener of webSocket.listeners('error')) {
    if (listener.name === 'onUpgradeError') webSocket.off('error', listener)
  }
}

/** The server asks its clients nothing. */
const NO_ACKS = new Map<number, never>()

const NO_HANDSHAKE: ServedSocket['handshake'] = {
  headers: {},
  time: '',
  address: '',
  xdomain: false,
  secure: false,
  issued: 0,
  url: '',
  query: {},
  auth: {},
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
  request: unknown
  pingIntervalTimer: NodeJS.Timeout | null
  readonly readyState: 'opening' | 'open' | 'closing' | 'closed'
  readonly transport: Transport
  readonly writeBuffer: readonly Packet[]
  write(data: undefined, options: { readonly compress: false; readonly wsPreEncodedFrame: readonly Frame[] }): void
  on(event: 'packet' | 'packetCreate', listener: (this: Carrier, packet: Packet) => void): void
  once(event: 'drain', listener: () => void): void
}

type Transport = {
  readonly socket: WebSocketInside
  readonly writable: boolean
  on(event: 'ready', listener: (this: Carrier) => void): void
  removeAllListeners(event: 'headers'): void
}

type WebSocketInside = {
  readonly bufferedAmount: number
  readonly _socket: Socket
  on(event: 'pong', listener: (this: Carrier, payload: Buffer) => void): void
  listeners(event: 'error'): readonly (() => void)[]
  off(event: 'error', listener: () => void): void
  close(code: number, reason: string): void
  terminate(): void
}
