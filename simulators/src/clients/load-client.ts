import { connect, type Socket } from 'node:net'
import type { SubscribeAck, Welcome, WireError } from '@depthcast/protocol'
import { ClientFailed, failed, refusal } from './client-failed.ts'
import type { CrowdMind } from './crowd-mind.ts'
import { type Door, ENGINE_PING, ENGINE_PONG, type Said } from './doors.ts'
import { CLOSE, type FrameListener, PING, pongFrame, type Reader, TEXT } from './frames.ts'
import { Holdings } from './holdings.ts'
import type { ClientKind, KindTally, Tally } from './tally.ts'

/** How a client reads: all there is, so many bits a second, or nothing. */
export type Pace = { readonly kind: 'healthy' | 'stalled' } | { readonly kind: 'slow'; readonly bitsPerSecond: number }

export type Target = { readonly host: string; readonly port: number; readonly path: string; readonly token?: string }

export type ClientParts = {
  readonly target: Target
  readonly door: Door
  readonly aliases: readonly string[]
  readonly pace: Pace
  readonly tally: Tally
  /** By gateway process: a view's number means something there only. */
  mindOf(node: string): CrowdMind
  now(): number
}

/** Read into by all sockets that read at full pace: what is in it is used up before the next read. */
const SHARED = Buffer.allocUnsafe(256 * 1024)
const SLOW_READ_BYTES = 2048
/** What the gateway's window is divided by for how much is received between two acks. docs/protocol.md, `ack`. */
const ACKS_A_WINDOW = 8
const ASKS = 3

/** One client on a bare TCP socket. While `verifies`, every message it gets is held against its chain and checksum; else bytes are counted. */
export class LoadClient implements FrameListener {
  readonly #parts: ClientParts
  readonly #socket: Socket
  readonly #reader: Reader
  #head: string | undefined = ''
  #stage: 'greeting' | 'welcome' | 'answer' | 'on' | 'gone'
  #mind: CrowdMind
  readonly #counts: KindTally
  readonly #holdings: Holdings
  #received = 0
  #sinceAck = 0
  #ackBytes = Number.POSITIVE_INFINITY
  #asked = 0
  #closeCode = 1006
  #isAwake = false
  verifies = true
  /** Resolves when it has all it asked for. Rejects with ClientFailed. */
  readonly ready: Promise<void>
  #isReady: () => void = () => {}
  #fails: (error: ClientFailed) => void = () => {}

  constructor(parts: ClientParts) {
    const { target, door, aliases, pace, tally } = parts
    this.#parts = parts
    this.#counts = tally.of(pace.kind)
    this.#holdings = new Holdings({ tally, counts: this.#counts, verifier: () => this.#mind.verifier, now: parts.now })
    this.#mind = parts.mindOf('')
    this.#reader = door.reader(this)
    this.#stage = door.hello?.waits === true ? 'greeting' : 'welcome'
    this.ready = new Promise((resolve, reject) => {
      this.#isReady = resolve
      this.#fails = reject
    })
    const buffer = pace.kind === 'slow' ? Buffer.allocUnsafe(SLOW_READ_BYTES) : SHARED
    const { host, port } = target
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      onread: { buffer, callback: (bytes, read) => this.#read(bytes, read) },
    })
    this.#socket.on('error', (error: NodeJS.ErrnoException) =>
      this.#fails(new ClientFailed(error.message, { errno: error.code })),
    )
    this.#socket.on('close', () => this.#closed())
    this.#socket.write(
      door.open({ host: `${host}:${port}`, path: target.path, ...(target.token && { token: target.token }) }, aliases),
    )
  }

  /** Ends the connection; not counted as lost. */
  leave(): void {
    this.#stage = 'gone'
    this.#socket.destroy()
  }

  /** Ends a stall, to see whether the gateway still holds the connection: what comes now is not counted. */
  wake(): void {
    this.#isAwake = true
    this.#socket.resume()
  }

  /** Counts from now on and looks no more into what it gets. */
  stopVerifying(): void {
    this.verifies = false
  }

  get isOn(): boolean {
    return this.#stage === 'on'
  }

  get kind(): ClientKind {
    return this.#parts.pace.kind
  }

  /** When the newest message that it has read was written, µs since 1970; before the first, when it was subscribed. */
  get newest(): number {
    return this.#holdings.newest
  }

  begins(opcode: number, length: number): boolean {
    if (opcode >= CLOSE) return true
    if (this.#isAwake) return false
    if (this.#stage !== 'on' || (opcode === TEXT && length === 1)) return true
    if (!this.#parts.door.isMessage(opcode, length)) return true
    // What is read is counted then.
    if (!this.verifies) this.#counted(length)
    return this.verifies
  }

  payload(opcode: number, payload: Buffer): void {
    if (opcode === PING) this.#socket.write(pongFrame(payload))
    else if (opcode === CLOSE) this.#told(payload)
    else if (opcode === TEXT && payload.length === 1 && payload[0] === ENGINE_PING) this.#socket.write(ENGINE_PONG)
    else this.#understand(opcode, payload)
  }

  #read(bytes: number, buffer: Buffer | Uint8Array): boolean {
    if (!this.#isAwake) this.#counts.bytes += bytes
    const chunk = (buffer as Buffer).subarray(0, bytes)
    try {
      if (this.#head === undefined) this.#reader.read(chunk)
      else this.#readHead(chunk)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (!(error instanceof ClientFailed)) this.#parts.tally.sawWrong(this.#counts.other, { wrong: 'malformed', why })
      this.#fails(error instanceof ClientFailed ? error : new ClientFailed(why))
      this.#socket.destroy()
      return true
    }
    this.#rest(bytes)
    return true
  }

  /** A slow one reads on when what it read would have come over its line; one that stalls reads until it is subscribed, and never again. */
  #rest(bytes: number): void {
    const { pace } = this.#parts
    if (pace.kind === 'healthy' || this.#stage !== 'on' || this.#isAwake) return
    this.#socket.pause()
    if (pace.kind === 'slow') setTimeout(() => this.#socket.resume(), (bytes * 8000) / pace.bitsPerSecond)
  }

  #readHead(chunk: Buffer): void {
    this.#head += chunk.toString('latin1')
    const end = this.#head!.indexOf('\r\n\r\n')
    if (end < 0) return
    const status = Number(this.#head!.slice(9, 12))
    const rest = Buffer.from(this.#head!.slice(end + 4), 'latin1')
    if (status !== 101 && status !== 200) throw refusal(status, rest.toString('utf8'))
    this.#head = undefined
    const { hello } = this.#parts.door
    if (hello !== undefined && !hello.waits) this.#hello()
    this.#reader.read(rest)
  }

  #understand(opcode: number, payload: Buffer): void {
    const { said, heard } = this.#mind.understand(opcode, payload)
    if (said === undefined) return
    if (said.kind === 'message') this.#counted(payload.length)
    if (this.#stage !== 'on') this.#converse(said)
    if (said.kind !== 'message') return
    const isRight = !this.verifies || this.#holdings.hear(said, heard, payload.length)
    if (!isRight && this.#asked < ASKS) this.#ask()
  }

  #converse(said: Said): void {
    if (said.kind === 'refused') throw failed(said.error)
    if (this.#stage === 'greeting' && said.kind === 'greeting') this.#hello()
    else if (this.#stage === 'welcome' && said.kind === 'message' && said.type === 'welcome') {
      const { node, limits } = said.body as Welcome
      this.#mind = this.#parts.mindOf(node)
      this.#ackBytes = Math.max(1024, limits.windowBytes / ACKS_A_WINDOW)
      this.#stage = 'answer'
      this.#ask()
    } else if (this.#stage === 'answer' && said.kind === 'answer') this.#granted(said.answer as SubscribeAck)
    else if (said.kind === 'message' && said.type === 'error') throw failed(said.body as WireError)
  }

  #hello(): void {
    const { door, target } = this.#parts
    if (door.hello === undefined) return
    this.#socket.write(door.hello.say(target.token))
    this.#stage = 'welcome'
  }

  #ask(): void {
    const { door, aliases } = this.#parts
    this.#asked++
    if (door.subscribe !== undefined) this.#socket.write(door.subscribe(aliases, this.#asked))
  }

  #granted(ack: SubscribeAck): void {
    if ('error' in ack) throw failed(ack.error)
    const views = ack.results.map((result) => {
      if ('error' in result) throw failed(result.error)
      return result
    })
    this.#holdings.granted(views)
    this.#stage = 'on'
    this.#isReady()
  }

  #counted(length: number): void {
    const { door } = this.#parts
    this.#received++
    this.#counts.messages++
    this.#counts.payloadBytes += length
    this.#sinceAck += length
    if (this.#sinceAck < this.#ackBytes || door.ack === undefined) return
    this.#sinceAck = 0
    this.#socket.write(door.ack(this.#received))
  }

  #told(payload: Buffer): void {
    if (payload.length >= 2) this.#closeCode = payload.readUInt16BE(0)
    this.#socket.end()
  }

  #closed(): void {
    const stage = this.#stage
    if (stage === 'gone') return
    this.#stage = 'gone'
    if (stage === 'on') this.#parts.tally.sawClosed(this.#closeCode)
    this.#fails(new ClientFailed(`the gateway closed the connection, code ${this.#closeCode}`))
  }
}
