import { connect, type Socket } from 'node:net'
import type { GapMessage, SubscribeAck, Welcome, WireError } from '@depthcast/protocol'
import { ClientFailed, failed, refusal } from './client-failed.ts'
import type { CrowdMind } from './crowd-mind.ts'
import { type Door, ENGINE_PING, ENGINE_PONG, type Said } from './doors.ts'
import { CLOSE, type FrameListener, PING, pongFrame, type Reader, TEXT } from './frames.ts'
import type { Tally } from './tally.ts'
import type { Heard, Holding } from './verifier.ts'

/** How a client reads: all there is, so many bits a second, or nothing. */
export type Pace = { readonly kind: 'full' | 'stalled' } | { readonly kind: 'slow'; readonly bitsPerSecond: number }

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
  readonly #held = new Map<number, Holding | 'broken' | 'ticker' | undefined>()
  #received = 0
  #sinceAck = 0
  #ackBytes = Number.POSITIVE_INFINITY
  #asked = 0
  #closeCode = 1006
  verifies = true
  /** Resolves when it has all it asked for. Rejects with ClientFailed. */
  readonly ready: Promise<void>
  #isReady: () => void = () => {}
  #fails: (error: ClientFailed) => void = () => {}

  constructor(parts: ClientParts) {
    const { target, door, aliases, pace } = parts
    this.#parts = parts
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

  /** Counts from now on and looks no more into what it gets. */
  stopVerifying(): void {
    this.verifies = false
    this.#held.clear()
  }

  get isOn(): boolean {
    return this.#stage === 'on'
  }

  begins(opcode: number, length: number): boolean {
    if (opcode >= CLOSE) return true
    if (this.#stage !== 'on' || (opcode === TEXT && length === 1)) return true
    if (!this.#parts.door.isMessage(opcode, length)) return true
    this.#counted(length)
    return this.verifies
  }

  payload(opcode: number, payload: Buffer): void {
    if (opcode === PING) this.#socket.write(pongFrame(payload))
    else if (opcode === CLOSE) this.#told(payload)
    else if (opcode === TEXT && payload.length === 1 && payload[0] === ENGINE_PING) this.#socket.write(ENGINE_PONG)
    else this.#understand(opcode, payload)
  }

  #read(bytes: number, buffer: Buffer | Uint8Array): boolean {
    this.#parts.tally.bytes += bytes
    const chunk = (buffer as Buffer).subarray(0, bytes)
    try {
      if (this.#head === undefined) this.#reader.read(chunk)
      else this.#readHead(chunk)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (!(error instanceof ClientFailed)) this.#parts.tally.sawWrong('malformed', why)
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
    if (pace.kind === 'full' || this.#stage !== 'on') return
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
    if (this.#stage !== 'on') {
      if (said.kind === 'message') this.#counted(payload.length)
      this.#converse(said)
    }
    if (said.kind === 'answer' && this.#stage === 'on' && this.#asked > 1) this.#uncounted(payload.length)
    if (said.kind !== 'message') return
    if (heard !== undefined) this.#verify(heard)
    else if (this.verifies) this.#control(said)
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
    for (const result of ack.results) {
      if ('error' in result) throw failed(result.error)
      this.#mind.verifier.learn(result)
    }
    this.#stage = 'on'
    this.#isReady()
  }

  #counted(length: number): void {
    const { tally, door } = this.#parts
    this.#received++
    tally.messages++
    tally.payloadBytes += length
    this.#sinceAck += length
    if (this.#sinceAck < this.#ackBytes || door.ack === undefined) return
    this.#sinceAck = 0
    this.#socket.write(door.ack(this.#received))
  }

  /** An answer looks like a message until it is read, and is not to be confirmed. */
  #uncounted(length: number): void {
    const { tally } = this.#parts
    this.#received--
    tally.messages--
    tally.payloadBytes -= length
  }

  #verify(heard: Heard): void {
    const { tally, pace, now } = this.#parts
    const { sub, serverTime, exchangeTime, prev } = heard.body
    const held = this.#held.get(sub)
    if (held === 'broken' && prev !== undefined) return
    const isFresh = prev !== undefined || held === 'ticker'
    if (pace.kind === 'full' && isFresh) {
      const at = now()
      tally.sawLatency(at - serverTime, exchangeTime === undefined ? undefined : at - exchangeTime)
    }
    const made = this.#mind.verifier.take(typeof held === 'string' ? undefined : held, heard)
    if (made === undefined) {
      this.#held.set(sub, 'ticker')
      return
    }
    tally.checked++
    if (!('wrong' in made)) {
      this.#held.set(sub, made)
      return
    }
    tally.sawWrong(made.wrong, made.why)
    this.#held.set(sub, 'broken')
    if (this.#asked < ASKS) this.#ask()
  }

  #control({ type, body }: Extract<Said, { kind: 'message' }>): void {
    const { tally } = this.#parts
    if (type === 'gap') {
      const { sub, lost = 0, next } = body as GapMessage
      tally.gaps++
      tally.lostItems += lost
      if (next === 'snapshot') this.#held.delete(sub)
    }
    if (type === 'config') {
      const { was } = body as { readonly was?: number }
      if (was !== undefined) this.#held.delete(was)
    }
    if (type === 'error') tally.sawRefused((body as WireError).slug)
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
