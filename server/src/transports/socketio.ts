import type { Server as HttpServer } from 'node:http'
import { Decoder, Encoder, PacketType, ProtocolError, protocol, type ServerMessage } from '@depthcast/protocol'
import { Server, type ServerOptions, type Socket } from 'socket.io'
import type { Admission, Attached, Encoding, Reception, Reply, Transport } from '../transport.ts'
import { bodyOf } from './body.ts'
import { byteLength, engineOf } from './engine.ts'
import { webSocketFrame } from './frame.ts'

/** Socket.IO with the msgpack parser, for clients that set one: integers, and the fewest bytes. */
export const socketioMsgpack: Transport = door('socketio-msgpack', '/socket.io/', {
  parser: { Encoder, Decoder, protocol },
})

/** Socket.IO as it comes out of the box: JSON, and decimal strings, as a float would lie. */
export const socketioJson: Transport = door('socketio-json', '/socket.io-json/', {})

/** Engine.IO's own ping: only to find peers that vanished. A client stalled for a minute is still there. */
const PING_INTERVAL_MS = 20_000
const PING_TIMEOUT_MS = 60_000

/** WebSocket only, so no sticky sessions; no compression, so frames can be shared; no recovery, as that would replay the past. */
const OPTIONS: Partial<ServerOptions> = {
  transports: ['websocket'],
  serveClient: false,
  perMessageDeflate: false,
  httpCompression: false,
  destroyUpgrade: false,
  pingInterval: PING_INTERVAL_MS,
  pingTimeout: PING_TIMEOUT_MS,
}

function door(name: string, path: string, options: Partial<ServerOptions>): Transport {
  return {
    name,
    path,
    attach(server: HttpServer, reception: Reception): Attached {
      // What is a little too big is refused with a word; what is far too big is not even read.
      const io = new Server({
        ...OPTIONS,
        ...options,
        path,
        maxHttpBufferSize: reception.messageBytes * 2,
        connectTimeout: reception.handshakeMs,
      })
      const encoding = encodingOf(io, name)
      io.use(async (socket, next) => {
        const { auth, address, headers } = socket.handshake
        const { origin, host, authorization } = headers
        const admission = await reception.admit({ auth, address, origin, host, authorization })
        socket.data.admission = admission
        if (admission.admitted) return next()
        const { code, slug, message } = admission
        next(Object.assign(new Error(message), { data: { code, slug, message } }))
      })
      io.on('connection', (socket) => receive(socket, encoding, reception))
      io.attach(server)
      return { close: () => io.engine.close() }
    },
  }
}

/** A whole Socket.IO packet, event name and message, as one WebSocket frame: what the server's own encoder makes, so any client reads it. */
function encodingOf(io: Server, name: string): Encoding {
  const text = name.endsWith('json')
  return {
    name,
    text,
    encode(message: ServerMessage) {
      const data = [message.type, bodyOf(message, text)]
      const [payload] = io.encoder.encode({ type: PacketType.EVENT as number, nsp: '/', data })
      // Engine.IO marks a text message with a 4; a binary one is bare.
      return webSocketFrame(typeof payload === 'string' ? `4${payload}` : payload)
    },
  }
}

function receive(socket: Socket, encoding: Encoding, reception: Reception): void {
  const admission = socket.data.admission as Extract<Admission, { admitted: true }>
  const engine = engineOf(socket)
  const guest = admission.enter({
    encoding,
    address: socket.handshake.address,
    write: engine.write,
    buffered: engine.buffered,
    onDrain: engine.onDrain,
    echo: engine.echo,
    close: engine.close,
  })
  engine.onRaw((message) => {
    const size = byteLength(message)
    if (size <= reception.messageBytes) return
    guest.malformed(
      new ProtocolError('too-big', `a message of ${size} bytes, at most ${reception.messageBytes} are allowed`),
    )
  })
  // A middleware that goes no further: nothing a client names ever reaches an event emitter.
  socket.use((event: readonly unknown[]) => {
    const last = event.at(-1)
    const reply = typeof last === 'function' ? (last as Reply) : undefined
    guest.receive(event[0], event.length > (reply === undefined ? 1 : 2) ? event[1] : undefined, reply)
  })
  socket.on('error', (error) => guest.malformed(error))
  engine.onClose((reason) => guest.gone(reason))
  socket.on('disconnect', () => {
    guest.gone('left')
    engine.close(1000, 'left')
  })
}
