import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { HttpAnswer, HttpQuestion } from './emulator.ts'
import type { Client, Host } from './host.ts'
import { inspect } from './inspection.ts'
import { withBody } from './request-body.ts'
import type { WallClock } from './wall-clock.ts'

const SLOW_CLIENT_BYTES = 64 * 1024 * 1024
const MAX_INBOUND_BYTES = 1024 * 1024
/** Longer than clients and proxies keep an idle connection, so that they close first. */
const KEEP_ALIVE_MS = 75_000
const NOT_FOUND: HttpAnswer = {
  status: 404,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: '{"message":"NotFound"}\n',
}
const BAD_REQUEST: HttpAnswer = { ...NOT_FOUND, status: 400, body: '{"message":"BadRequest"}\n' }

/** What a browser asks before it asks. */
const PREFLIGHT: HttpAnswer = {
  status: 204,
  headers: {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
    'access-control-allow-headers': '*',
    'access-control-max-age': '7200',
  },
  body: '',
}

export type ServerOptions = {
  readonly host: Host
  readonly clock: WallClock
  readonly port: number
  readonly address: string
  /** A client with more than this unread is cut, as the venues do. Default: more than the largest whole book. */
  readonly slowClientBytes?: number
}

/** All emulated venues on one port, each at the paths of its real hosts, HTTP and WebSocket, and the oracle beside them. */
export class EmulatorServer {
  readonly #options: ServerOptions
  readonly #http: Server
  readonly #sockets = new WebSocketServer({
    noServer: true,
    // The conversations answer pings themselves: some faults leave them unanswered.
    autoPong: false,
    maxPayload: MAX_INBOUND_BYTES,
    perMessageDeflate: false,
  })
  readonly #cancelled = new AbortController()
  #frames = 0
  #cut = 0

  constructor(options: ServerOptions) {
    this.#options = options
    this.#http = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      void this.#answer(request, response)
    })
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /** Frames sent so far, and clients cut for reading too slowly. */
  get counts(): { readonly frames: number; readonly cut: number } {
    return { frames: this.#frames, cut: this.#cut }
  }

  /** Resolves with the port when clients may come. Rejects when the port is taken. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject)
      this.#http.listen(this.#options.port, this.#options.address, () => {
        this.#http.off('error', reject)
        resolve((this.#http.address() as AddressInfo).port)
      })
    })
  }

  /** Cuts every client and frees the port. */
  async close(): Promise<void> {
    this.#cancelled.abort()
    for (const socket of this.#sockets.clients) socket.terminate()
    const closed = new Promise((resolve) => this.#http.close(resolve))
    this.#http.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host } = this.#options
    const asked = this.#question(request)
    const question =
      asked?.method === 'POST' ? { ...asked, query: await withBody(request, asked.query, MAX_INBOUND_BYTES) } : asked
    request.resume()
    const { delayMs = 0, ...answer } = question === undefined ? BAD_REQUEST : answerOf(question, host)
    if (delayMs > 0) await sleep(delayMs, undefined, { signal: this.#cancelled.signal, ref: false }).catch(() => {})
    if (response.destroyed) return
    const length = answer.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(answer.body)) }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...length, ...answer.headers })
    response.end(request.method === 'HEAD' ? undefined : answer.body)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    let web: WebSocket | undefined
    const question = this.#question(request)
    const client =
      question === undefined
        ? BAD_REQUEST
        : this.#options.host.connect(question, (output) => {
            if (web !== undefined) this.#say(web, output)
          })
    if (client === undefined || 'status' in client) {
      refuse(socket, client ?? NOT_FOUND)
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (opened) => {
      web = opened
      this.#serve(opened, client)
    })
  }

  #serve(web: WebSocket, client: Client): void {
    const now = () => this.#options.clock.now()
    web.on('message', (data: RawData) => client.step({ kind: 'frame', now: now(), text: textOf(data) }))
    web.on('ping', (payload) => client.step({ kind: 'ping', now: now(), payload: payload.toString('utf8') }))
    web.on('pong', (payload) => client.step({ kind: 'pong', now: now(), payload: payload.toString('utf8') }))
    web.on('close', () => client.step({ kind: 'closed', now: now() }))
    web.on('error', () => web.terminate())
    client.step({ kind: 'open', now: now() })
  }

  #say(web: WebSocket, output: Parameters<Parameters<Host['connect']>[1]>[0]): void {
    // One that was cut is told so when the event loop comes round to it.
    if (web.readyState !== web.OPEN) return
    switch (output.kind) {
      case 'frame':
        this.#frames++
        if (output.split) sendInPieces(web, output.text)
        else web.send(output.text)
        if (web.bufferedAmount > (this.#options.slowClientBytes ?? SLOW_CLIENT_BYTES)) {
          this.#cut++
          web.terminate()
        }
        break
      case 'ping':
        web.ping(output.payload)
        break
      case 'pong':
        web.pong(output.payload)
        break
      case 'close':
        if (output.code === 1006) web.terminate()
        else web.close(output.code, output.reason)
        break
    }
  }

  /** Undefined for an address that no URL has, such as one with half a character in it. */
  #question(request: IncomingMessage): HttpQuestion | undefined {
    const target = request.url ?? '/'
    const url = URL.parse(target.startsWith('/') ? `http://emulator${target}` : target)
    if (url === null || !isDecodable(url.pathname)) return undefined
    const { pathname, searchParams } = url
    return {
      now: this.#options.clock.now(),
      // Who asks for the head alone is told the same, and what it weighs.
      method: request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET'),
      path: pathname,
      query: searchParams,
      address: request.socket.remoteAddress ?? '',
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    }
  }
}

function answerOf(question: HttpQuestion, host: Host): HttpAnswer {
  if (question.method === 'OPTIONS') return PREFLIGHT
  return inspect(question, host) ?? host.http(question) ?? NOT_FOUND
}

function isDecodable(path: string): boolean {
  try {
    return decodeURIComponent(path) !== ''
  } catch {
    return false
  }
}

/** As continuation frames, so that neither a frame nor a TCP segment is a message. */
function sendInPieces(web: WebSocket, text: string): void {
  const bytes = Buffer.from(text)
  const middle = Math.floor(bytes.length / 2)
  web.send(bytes.subarray(0, middle), { fin: false, binary: false })
  web.send(bytes.subarray(middle), { fin: true, binary: false })
}

function refuse(socket: Duplex, { status, headers = {}, body }: HttpAnswer): void {
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body}`)
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString('utf8')
}
