import type { Server as HttpServer } from 'node:http'
import { Encoder, PacketType, ProtocolError, protocol, type ServerMessage } from '@depthcast/protocol'
import { Server, type ServerOptions, type Socket } from 'socket.io'
import type { Admission, Attached, Encoding, Reception, Reply, Transport } from '../transport.ts'
import { bodyOf } from './body.ts'
import { SingleEarDecoder } from './decoder.ts'
import { byteLength, Engine } from './engine.ts'
import { webSocketFrame } from './frame.ts'
import { Pinger } from './pinger.ts'

/** Socket.IO with the msgpack parser, for clients that set one: integers, and the fewest bytes. */
export const socketioMsgpack: Transport = door('socketio-msgpack', '/socket.io/', {
  parser: { Encoder, Decoder: SingleEarDecoder, protocol },
})

/** Socket.IO as it comes out of the box: JSON, and decimal strings, as a float would lie. */
export const socketioJson: Transport = door('socketio-json', '/socket.io-json/', {})

/** Engine.IO's own ping: only to find peers that vanished. A client stalled for a minute and a half is still there. */
const PING_INTERVAL_MS = 20_000
const PINGS_UNANSWERED = 5
/** Added to the interval, how long a client waits for a ping before it leaves. */
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
        const { admitted: _, ...data } = admission
        next(Object.assign(new Error(data.message), { data }))
      })
      // Nobody is in a room, and each client's room of its own costs as much as its session.
      io.of('/').adapter.addAll = () => {}
      const pinger = new Pinger({ intervalMs: PING_INTERVAL_MS, patience: PINGS_UNANSWERED })
      io.on('connection', (socket) => receive(socket, { encoding, reception, pinger }))
      io.attach(server)
      return {
        close() {
          pinger.close()
          io.engine.close()
        },
      }
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

type Hall = { readonly encoding: Encoding; readonly reception: Reception; readonly pinger: Pinger }

function receive(socket: Socket, { encoding, reception, pinger }: Hall): void {
  const { admission } = socket.data as { admission: Extract<Admission, { admitted: true }> }
  socket.data = undefined
  const engine = new Engine(socket, encoding)
  pinger.add(engine)
  const guest = admission.enter(engine)
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
  socket.on('disconnect', (reason) => {
    pinger.drop(engine)
    guest.gone(reason === 'client namespace disconnect' ? 'left' : reason)
    engine.close(1000, 'left')
  })
}
