import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import {
  afterClose,
  type ListAck,
  ProtocolError,
  type ServerMessage,
  type SubscribeAck,
  type SubscribeResult,
  type WireError,
} from '@depthcast/protocol'
import { preflight } from '../auth/turnstile.ts'
import { queryOf } from '../routes/parameters.ts'
import { notAllowed, refuse, sendError } from '../routes/router.ts'
import type { Attached, Door, Encoding, Frame, Guest, Reception, Transport } from '../transport.ts'
import { bodyOf } from './body.ts'
import { callerOf } from './caller.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'

/**
 * Server-Sent Events at `/v1/sse?subscribe=<alias>&subscribe=…`, for browsers without a library and for networks that block WebSockets: each
 * message is an event of its type, the body named fields and decimal strings.
 *
 * After what moves a view comes an `id` that is the session's resume token, so a browser that comes back goes on where it was. `resume=<token>`
 * does the same for a token of any other door; `subscribe` is what to begin with where no token brings anything back. `token` is for pages,
 * which cannot set an `Authorization` header here.
 */
export const sse: Transport = {
  name: 'sse',
  path: '/v1/sse',
  attach(_server: Server, reception: Reception): Attached {
    const streams = new Set<Stream>()
    return {
      request(request, response) {
        if (request.method === 'OPTIONS') return preflight(response)
        if (request.method !== 'GET') return notAllowed(response, 'GET')
        answer(request, response, { reception, streams }).catch((error: unknown) => {
          if (response.headersSent) response.destroy()
          else refuse(response, error)
        })
      },
      upgrade: (_request, socket) => refuseUpgrade(socket, 400, 'there is no WebSocket here, see /v1/stream\n'),
      close() {
        for (const stream of streams) stream.end()
      },
    }
  },
}

const EVENTS: Encoding = {
  name: 'sse',
  text: true,
  encode(message: ServerMessage) {
    // A browser waits this long before it comes back: the slot it is given.
    const pause = message.type === 'shutdown' ? `retry: ${message.reconnectInMs}\n` : ''
    return Buffer.from(`${pause}event: ${message.type}\ndata: ${JSON.stringify(bodyOf(message, true))}\n\n`)
  },
}

/** How long a browser waits before it comes back after a line that broke. */
const RETRY_MS = 2000
/** There is no telling an EventSource to stay away; this is the longest it can be told to wait with a straight face. */
const STAY_AWAY_MS = 24 * 3600 * 1000
/** How long a client may take for what is left for it before its socket is destroyed. */
const CLOSE_PATIENCE_MS = 1000

const HEAD = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // nginx would hold events back.
  'x-accel-buffering': 'no',
  connection: 'close',
}

type Entrance = { readonly reception: Reception; readonly streams: Set<Stream> }

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { reception, streams }: Entrance,
): Promise<void> {
  const { aliases, token, resume } = asked(request)
  const auth = { ...(token === undefined ? {} : { token }), ...(resume === undefined ? {} : { resume }) }
  const caller = callerOf(request)
  const admission = await reception.admit({ ...caller, auth })
  if (response.destroyed) return
  if (!admission.admitted) {
    if (admission.code === 401) response.setHeader('www-authenticate', 'Bearer')
    return sendError(response, admission.code, admission)
  }
  const { socket } = response
  if (socket === null) throw new ProtocolError('bad-request', 'an event stream cannot wait behind another answer')
  const stream = new Stream(socket, caller.address)
  const guest = admission.enter(stream)
  stream.guest = guest
  streams.add(stream)
  response.once('close', () => {
    streams.delete(stream)
    guest.gone('left')
  })
  const refused = begin(guest, stream, aliases)
  if (refused === undefined) stream.start(response)
  else sendError(response, refused.code, refused)
}

type Asked = {
  readonly aliases: readonly string[]
  readonly token: string | undefined
  readonly resume: string | undefined
}

/** What the address and the headers ask for. Throws ProtocolError 400 for nothing, 422 for what is not known here. */
function asked({ url = '', headers }: IncomingMessage): Asked {
  const query = queryOf(url)
  for (const name of query.keys()) {
    if (!PARAMETERS.includes(name))
      throw new ProtocolError('unsupported', `unknown parameter ${JSON.stringify(name.slice(0, 32))}; ${ALLOWED}`)
  }
  const aliases = query.getAll('subscribe')
  const lastEvent = headers['last-event-id']
  // A browser that comes back asks for the address it came to first: where it has got to since is in the header.
  const resume = (typeof lastEvent === 'string' && lastEvent !== '' ? lastEvent : undefined) ?? query.get('resume')
  if (aliases.length === 0 && resume === null)
    throw new ProtocolError('bad-request', `nothing is asked for; ${ALLOWED}`)
  return { aliases, token: query.get('token') ?? undefined, resume: resume ?? undefined }
}

const PARAMETERS: readonly string[] = ['subscribe', 'resume', 'token']
const ALLOWED = 'allowed are subscribe=<alias>, as often as you like, resume=<token> and token=<token>'

/** Subscribes, unless the token has brought something back. Returns why there is nothing to stream, where there is nothing. */
function begin(guest: Guest, stream: Stream, aliases: readonly string[]): WireError | undefined {
  if (holdsSomething(guest)) return undefined
  if (aliases.length === 0)
    return new ProtocolError('unsupported', 'the token brings nothing back, and nothing is subscribed to').toWire()
  let refused: WireError | undefined
  guest.receive('subscribe', aliases, (answer) => {
    const ack = answer as SubscribeAck
    if ('error' in ack) refused = ack.error
    else if (ack.results.every((result) => 'error' in result)) refused = firstError(ack.results)
    else stream.write(Buffer.from(`event: subscribed\ndata: ${JSON.stringify(ack)}\n\n`))
  })
  return refused
}

function holdsSomething(guest: Guest): boolean {
  let holds = false
  guest.receive('list', {}, (answer) => {
    const ack = answer as ListAck
    holds = 'subs' in ack && ack.subs.length > 0
  })
  return holds
}

function firstError(results: readonly SubscribeResult[]): WireError | undefined {
  for (const result of results) if ('error' in result) return result.error
  return undefined
}

/** Nothing comes back on a stream of events. */
const NO_MARKS: readonly Frame[] = []

/** One client's stream. Until it has started everything waits here, so that a refusal can still be a plain answer. */
class Stream implements Door {
  readonly encoding = EVENTS
  readonly marks = NO_MARKS
  readonly address: string
  guest: Guest | undefined
  readonly #socket: Socket
  readonly #onTaken = (): void => this.#drained?.()
  #drained: (() => void) | undefined
  #state: StreamState = { at: 'held', frames: [], isOver: false }
  /** The last id that was told. */
  #told: string | undefined

  constructor(socket: Socket, address: string) {
    this.#socket = socket
    this.address = address
  }

  start(response: ServerResponse): void {
    if (this.#state.at !== 'held') return
    const { frames, isOver } = this.#state
    this.#state = { at: 'started', response }
    // Neither chunks nor a length: the stream ends with the connection, and a frame is the same bytes for everyone.
    response.removeHeader('transfer-encoding')
    response.writeHead(200, HEAD)
    this.#socket.cork()
    response.flushHeaders()
    this.write(Buffer.concat([Buffer.from(`retry: ${RETRY_MS}\n\n`), ...frames]))
    this.#socket.uncork()
    // Sent away in the moment it came in: it hears why.
    if (isOver) this.end()
  }

  write(frame: Frame): number {
    const state = this.#state
    if (state.at === 'held') state.frames.push(frame)
    if (state.at !== 'started') return this.buffered()
    const id = this.#id()
    if (id === undefined) this.#socket.write(frame, this.#onTaken)
    else {
      this.#socket.cork()
      this.#socket.write(frame)
      this.#socket.write(id, this.#onTaken)
      this.#socket.uncork()
    }
    return this.buffered()
  }

  /** What is written here is not the same for two streams: each has ids of its own. */
  descriptor(): number {
    return -1
  }

  buffered(): number {
    return this.#socket.writableLength
  }

  onDrain(listener: () => void): void {
    this.#drained = listener
  }

  onAnswer(): void {}

  close(code: number): void {
    if (afterClose(code) === 'stop') this.write(Buffer.from(`retry: ${STAY_AWAY_MS}\n\n`))
    this.end()
  }

  vanish(): void {
    this.#socket.destroy()
  }

  end(): void {
    const state = this.#state
    this.#state = state.at === 'held' ? { ...state, isOver: true } : OVER
    if (state.at !== 'started') return
    setTimeout(() => this.#socket.destroy(), CLOSE_PATIENCE_MS).unref()
    state.response.end()
  }

  /** The id of everything sent with it and before; nothing while it is what was told already. */
  #id(): Frame | undefined {
    const token = this.#token()
    if (token === undefined || token === this.#told) return undefined
    this.#told = token
    return Buffer.from(`id: ${token}\n\n`)
  }

  /** Undefined where so much is held that no token can carry it: then there is no coming back but afresh. */
  #token(): string | undefined {
    try {
      return this.guest?.resume()
    } catch (error) {
      if (error instanceof ProtocolError) return undefined
      throw error
    }
  }
}

type StreamState =
  | { readonly at: 'held'; readonly frames: Frame[]; readonly isOver: boolean }
  | { readonly at: 'started'; readonly response: ServerResponse }
  | { readonly at: 'over' }

const OVER: StreamState = { at: 'over' }
