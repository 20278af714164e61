import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { type Capture, FeedConfigError } from '@depthcast/feeds'
import { type WebSocket, WebSocketServer } from 'ws'
import { Playback } from './playback.ts'
import { type RecordedSocket, RecordedVenue } from './recorded-venue.ts'

export type ServeOptions = {
  readonly port: number
  readonly speed: number
  /** Begin again at the end. */
  readonly loops: boolean
}

export type ReplayServer = {
  readonly port: number
  readonly venue: RecordedVenue
  readonly clients: number
  readonly frames: number
  /** Resolves when every socket of the recordings has been played to its end and nobody is connected; never where it loops. */
  readonly over: Promise<void>
  close(): Promise<void>
}

/**
 * Serves recordings over real sockets, on this machine only, at the paths the venues have: who connects gets what the recorder got, at the
 * recorded pace, and its REST requests the recorded replies.
 *
 * Throws FeedConfigError where the port cannot be had or a recording has no socket.
 */
export async function serveReplay(captures: readonly Capture[], options: ServeOptions): Promise<ReplayServer> {
  const venue = new RecordedVenue(captures)
  const served = new Served(venue, options)
  const server = createServer((request, response) => void served.answer(request, response))
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) => {
    const candidates = served.candidates(request, socket)
    if (candidates.length === 0) return
    sockets.handleUpgrade(request, socket, head, (client) => served.play(client, candidates))
  })
  server.listen(options.port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'EADDRINUSE' ? `port ${options.port} is taken: name another with --port` : message
    throw new FeedConfigError(`cannot serve the recording: ${reason}`, error)
  }
  return {
    port: (server.address() as AddressInfo).port,
    venue,
    get clients() {
      return sockets.clients.size
    },
    get frames() {
      return served.frames
    },
    over: served.over,
    async close() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** What was played of each socket, and where the recording stands for REST. */
class Served {
  readonly #venue: RecordedVenue
  readonly #options: ServeOptions
  /** The take a socket's next client gets. */
  readonly #takes = new Map<RecordedSocket, number>()
  readonly #ended = new Set<RecordedSocket>()
  /** The newest last: REST goes with who connected last. */
  readonly #playing: Playback[] = []
  frames = 0
  readonly over: Promise<void>
  #isOver: () => void = () => {}

  constructor(venue: RecordedVenue, options: ServeOptions) {
    this.#venue = venue
    this.#options = options
    this.over = new Promise((resolve) => {
      this.#isOver = resolve
    })
  }

  /** The sockets a client may mean; none where it was refused. */
  candidates(request: IncomingMessage, socket: Duplex): readonly RecordedSocket[] {
    const { pathname, search } = addressOf(request)
    const there = this.#venue.socketsAt(pathname, search)
    const playing = this.#playing.map(({ socket }) => socket)
    const left = there.filter((one) => !this.#ended.has(one) && !playing.some((other) => this.#isAfter(other, one)))
    if (there.length === 0)
      refuse(socket, 404, `the recording has no socket at ${pathname}: ${this.#venue.paths.join(', ')}\n`)
    else if (left.length === 0) refuse(socket, 503, 'the recording is over: serve it with --loop to begin again\n')
    // A second client of one address is the next socket of the recording, as long as there is one.
    return [...left.filter((one) => !playing.includes(one)), ...left.filter((one) => playing.includes(one))]
  }

  /** Whether a socket took over from the other. */
  #isAfter(one: RecordedSocket, other: RecordedSocket): boolean {
    const { sockets } = this.#venue
    return one.link === other.link && sockets.indexOf(one) > sockets.indexOf(other)
  }

  play(client: WebSocket, candidates: readonly RecordedSocket[]): void {
    const { speed } = this.#options
    const playback = new Playback(client, candidates, {
      speed,
      takeOf: (socket) => this.#takes.get(socket) ?? 0,
      onFrame: () => this.frames++,
    })
    this.#playing.push(playback)
    void this.#played(client, playback)
  }

  async #played(client: WebSocket, playback: Playback): Promise<void> {
    const { loops } = this.#options
    const outcome = await playback.run()
    const { socket, take } = playback
    const isLast = take + 1 >= socket.takes
    this.#takes.set(socket, outcome === 'left' || isLast ? 0 : take + 1)
    if (outcome !== 'left' && isLast && !loops) {
      this.#ended.add(socket)
      for (const other of this.#venue.sockets) if (this.#isAfter(socket, other)) this.#ended.add(other)
    }
    if (outcome === 'ended') {
      client.close(loops ? 1012 : 1001, loops ? 'the recording begins again' : 'the recording is over')
    }
    this.#playing.splice(this.#playing.indexOf(playback), 1)
    await playback.gone
    const listened = this.#venue.sockets.filter(({ isProbe }) => !isProbe)
    if (this.#playing.length === 0 && listened.every((one) => this.#ended.has(one))) this.#isOver()
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = addressOf(request)
    const playing = this.#playing.at(-1)
    const position = playing?.position ?? 0
    const reply = this.#venue.replyAt(url, position)
    if (reply === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' })
      response.end(`the recording has no reply at ${url.pathname}: ${this.#venue.paths.join(', ')}\n`)
      return
    }
    const aheadMs = playing === undefined ? 0 : (reply.at - position) / 1000 / this.#options.speed
    if (aheadMs > 0) await setTimeout(aheadMs)
    // The recorder got nothing at all.
    if (reply.status === 0) return void response.destroy()
    response.writeHead(reply.status, headersOf(reply.headers))
    response.end(reply.body)
  }
}

/** What was said of the bytes on the recorder's line, not of the body. */
const OF_THE_LINE = /^(?:connection|keep-alive|transfer-encoding|content-(?:encoding|length)|date|set-cookie)$/

function headersOf(recorded: Readonly<Record<string, string>> = { 'content-type': 'application/json' }) {
  return Object.fromEntries(Object.entries(recorded).filter(([name]) => !OF_THE_LINE.test(name.toLowerCase())))
}

function addressOf(request: IncomingMessage): URL {
  return URL.parse(request.url ?? '/', 'http://recording') ?? new URL('http://recording/')
}

function refuse(socket: Duplex, status: number, body: string): void {
  socket.on('error', () => {})
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
