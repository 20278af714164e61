import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { ProtocolError, type WireError } from '@depthcast/protocol'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { Admission, Attached, Door, Encoding, Frame, Guest, Reception, Transport } from '../transport.ts'
import { type Caller, callerOf } from './caller.ts'
import { closeCodeOf } from './close-code.ts'
import { MARKS, numberOfPong } from './frame.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import { type Dialect, dialectOf, SUBPROTOCOLS } from './websocket-dialect.ts'
import { descriptorOf, isIdle, type Queue, queueOf, writeOut } from './write-out.ts'

/**
 * A WebSocket without anything on top, at `/v1/stream`: `[type, body]` from the server, `[name, payload, id?]` from the client, each request
 * with an id answered by `["reply", answer, id]`. The first request is `["hello", handshake]`.
 */
export const websocket: Transport = {
  name: 'websocket',
  path: '/v1/stream',
  attach(_server: Server, reception: Reception): Attached {
    const lines = new Set<Line>()
    const acceptor = new WebSocketServer({
      ...OPTIONS,
      // What is a little too big is refused with a word; what is far too big is not even read.
      maxPayload: reception.messageBytes * 2,
      handleProtocols: (offered) => dialectOf(offered)?.subprotocol ?? false,
    })
    return {
      upgrade(request, socket, head) {
        const dialect = dialectOf(offeredBy(request))
        if (dialect === undefined) return refuseUpgrade(socket, 400, `offer one of the subprotocols ${SUBPROTOCOLS}\n`)
        const caller = callerOf(request)
        acceptor.handleUpgrade(request, socket, head, (webSocket) => {
          lines.add(new Line(webSocket, socket, { dialect, reception, lines, caller }))
        })
      },
      close() {
        for (const line of lines) line.close(1001, 'closing')
      },
    }
  },
}

/** No compression, so that frames can be shared; `closeTimeout` is how long a client may take for its part of a close, milliseconds. */
const OPTIONS = { noServer: true, clientTracking: false, perMessageDeflate: false, closeTimeout: 1000 } as const

/** What a client who goes by itself says; anything else is the network's. */
const LEAVING: readonly number[] = [1000, 1001, 1005]

function offeredBy({ headers }: IncomingMessage): readonly string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
}

type Setting = {
  readonly dialect: Dialect
  readonly reception: Reception
  readonly lines: Set<Line>
  readonly caller: Caller
}

type Stage =
  | { readonly at: 'silent'; readonly timer: NodeJS.Timeout; readonly caller: Caller }
  /** Its hello is looked at. The socket is paused, and what had come with it waits: one chunk of the socket's at most. */
  | { readonly at: 'heard'; readonly waiting: (readonly [bytes: Buffer, isBinary: boolean])[] }
  | { readonly at: 'entered'; readonly guest: Guest }
  /** Nothing is said or heard any more. */
  | { readonly at: 'over'; readonly guest: Guest | undefined }

/** One client's connection, from its first byte to its last. */
class Line implements Door {
  readonly address: string
  readonly #dialect: Dialect
  readonly #reception: Reception
  readonly #lines: Set<Line>
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  readonly #descriptor: number
  readonly #queue: Queue
  readonly #onTaken = (): void => this.#drained?.()
  #drained: (() => void) | undefined
  #answered: ((number: number) => void) | undefined
  #stage: Stage

  constructor(webSocket: WebSocket, socket: Socket, { dialect, reception, lines, caller }: Setting) {
    this.address = caller.address
    this.#dialect = dialect
    this.#reception = reception
    this.#lines = lines
    this.#webSocket = webSocket
    this.#socket = socket
    this.#descriptor = descriptorOf(socket)
    this.#queue = queueOf(socket)
    const timer = setTimeout(() => this.#tooLate(), reception.handshakeMs)
    this.#stage = { at: 'silent', timer, caller }
    listen(webSocket, this)
  }

  // What goes out

  get encoding(): Encoding {
    return this.#dialect.encoding
  }

  get marks(): readonly Frame[] {
    return MARKS
  }

  onAnswer(listener: (number: number) => void): void {
    this.#answered = listener
  }

  write(frame: Frame): number {
    if (this.#stage.at === 'over') return 0
    return writeOut(this.#socket, frame, this.#onTaken)
  }

  descriptor(): number {
    return this.#stage.at !== 'over' && isIdle(this.#queue) ? this.#descriptor : -1
  }

  buffered(): number {
    // Nothing but a close goes through ws itself.
    return this.#socket.writableLength
  }

  onDrain(listener: () => void): void {
    this.#drained = listener
  }

  close(code: number, reason: string): void {
    this.#leave()
    this.#webSocket.close(code, reason)
  }

  vanish(): void {
    this.#webSocket.terminate()
  }

  // What comes in

  message(bytes: Buffer, isBinary: boolean): void {
    const stage = this.#stage
    if (stage.at === 'silent') this.#greet(stage.caller, bytes, isBinary)
    else if (stage.at === 'heard') stage.waiting.push([bytes, isBinary])
    else if (stage.at === 'entered') this.#pass(stage.guest, bytes, isBinary)
  }

  pong(payload: Buffer): void {
    const number = numberOfPong(payload)
    if (number !== undefined) this.#answered?.(number)
  }

  closed(code: number): void {
    this.#lines.delete(this)
    const guest = this.#leave()
    guest?.gone(LEAVING.includes(code) ? 'left' : 'transport close')
  }

  #greet(caller: Caller, bytes: Buffer, isBinary: boolean): void {
    const hello = this.#read(bytes, isBinary, (error) => this.#refuse(error.toWire()))
    if (hello === undefined) return
    if (hello.name !== 'hello') {
      this.#refuse(new ProtocolError('bad-request', 'the first request must be hello').toWire())
      return
    }
    this.#leave()
    this.#stage = { at: 'heard', waiting: [] }
    this.#webSocket.pause()
    this.#reception
      .admit({ ...caller, auth: hello.payload ?? {} })
      .then((admission) => this.#enter(admission, hello.id))
      .catch(() => this.#refuse(new ProtocolError('internal', 'the server failed on this request').toWire()))
  }

  #enter(admission: Admission, helloId: number | undefined): void {
    const stage = this.#stage
    if (stage.at !== 'heard') return
    if (!admission.admitted) {
      this.#refuse(admission)
      return
    }
    const guest = admission.enter(this)
    this.#stage = { at: 'entered', guest }
    if (helloId !== undefined) this.write(this.#dialect.reply({}, helloId))
    for (const [bytes, isBinary] of stage.waiting) this.message(bytes, isBinary)
    this.#webSocket.resume()
  }

  #pass(guest: Guest, bytes: Buffer, isBinary: boolean): void {
    const request = this.#read(bytes, isBinary, (error) => {
      guest.malformed(error)
      this.close(closeCodeOf(error), error.slug)
    })
    if (request === undefined) return
    const { name, payload, id } = request
    const reply = id === undefined ? undefined : (answer: unknown) => void this.write(this.#dialect.reply(answer, id))
    guest.receive(name, payload, reply)
  }

  #read(bytes: Buffer, isBinary: boolean, refuse: (error: ProtocolError) => void) {
    try {
      const { messageBytes } = this.#reception
      if (bytes.length > messageBytes)
        throw new ProtocolError('too-big', `a message of ${bytes.length} bytes, at most ${messageBytes} are allowed`)
      return this.#dialect.read(bytes, isBinary)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      refuse(error)
      return undefined
    }
  }

  #tooLate(): void {
    const { handshakeMs } = this.#reception
    this.#refuse(new ProtocolError('timeout', `no hello within ${handshakeMs} ms (handshakeMs)`).toWire())
  }

  #refuse({ code, slug, message, retryAfterMs }: WireError): void {
    const pause = retryAfterMs === undefined ? {} : { retryAfterMs }
    this.write(this.encoding.encode({ type: 'error', code, slug, message, ...pause, re: 'hello' }))
    this.close(closeCodeOf({ code, slug }), slug)
  }

  /** Who was here, if anyone. */
  #leave(): Guest | undefined {
    const stage = this.#stage
    if (stage.at === 'silent') clearTimeout(stage.timer)
    const guest = stage.at === 'entered' || stage.at === 'over' ? stage.guest : undefined
    this.#stage = { at: 'over', guest }
    return guest
  }
}

// The same few listeners for every connection: a closure for each costs memory ten thousand times

const LINE = Symbol('line')
type Carrier = WebSocket & { [LINE]?: Line }

function listen(webSocket: WebSocket, line: Line): void {
  const carrier: Carrier = webSocket
  carrier[LINE] = line
  carrier.on('message', onMessage).on('pong', onPong).on('close', onClose).on('error', onError)
}

/** Bytes come as one Buffer, as `binaryType` is left at `nodebuffer`. */
function onMessage(this: Carrier, bytes: RawData, isBinary: boolean): void {
  this[LINE]?.message(bytes as Buffer, isBinary)
}

function onPong(this: Carrier, payload: Buffer): void {
  this[LINE]?.pong(payload)
}

function onClose(this: Carrier, code: number): void {
  this[LINE]?.closed(code)
}

/** Frames that are none, or far too big: ws closes by itself, with a code of RFC 6455. */
function onError(): void {}
