import { connect, type Socket } from 'node:net'
import type { ConfigMessage } from '@depthcast/protocol'
import {
  CLOSE,
  ENGINE_PING,
  ENGINE_PONG,
  type FrameListener,
  PING,
  pongFrame,
  type Reader,
  TEXT,
} from '@depthcast/simulators/clients'
import { stampsIn } from '../stamp.ts'
import { stampMicros } from '../ticker.ts'
import type { Dialect, Wish } from './dialect.ts'
import { DIALECTS, type DialectName } from './dialects.ts'
import type { Woken } from './order.ts'
import { Verifier } from './verifier.ts'

/** What all clients of a process count together: one addition a message. */
export type Tally = {
  messages: number
  payloadBytes: number
  bytes: number
  gaps: number
  lost: number
  latencies: number[]
}

type Options = {
  readonly dialect: DialectName
  readonly port: number
  readonly wish: Wish
  readonly sampled: boolean
  readonly confirm: 'ack' | 'pong'
}

/** Read into by all sockets of the process: what is in it is used up before the next read. */
const SHARED = Buffer.allocUnsafe(256 * 1024)
const TRICKLE_BYTES_PER_MS = 8
/** As the SDK does with the window that a gateway has by default: client/src/receipts.ts. */
const ACK_AFTER_BYTES = 16_384

/**
 * One client on a bare TCP socket: reads frame headers and counts, answers pings or sends acks, and only where it is `sampled` looks into what
 * it gets.
 */
export class Client implements FrameListener {
  readonly #dialect: Dialect
  readonly #isOurs: boolean
  readonly #socket: Socket
  readonly #tally: Tally
  readonly #reader: Reader
  readonly #ackBytes: number
  readonly verifier: Verifier | undefined
  #talk: Generator<Buffer | undefined, void, { opcode: number; payload: Buffer }> | undefined
  #head: string | undefined
  #sampled: boolean
  #isSlow = false
  #pace: 'full' | 'trickle' | 'stalled' = 'full'
  #received = 0
  #sinceAck = 0
  readonly ready: Promise<void>
  #isReady: () => void = () => {}
  #failed: (error: Error) => void = () => {}
  #isCut = false
  #slowedToMs = 0
  /** Stamp and age of each message since it was woken. */
  #woken: { readonly stamp: number; readonly ageMs: number }[] | undefined

  constructor({ dialect, port, wish, sampled, confirm }: Options, tally: Tally) {
    this.#dialect = DIALECTS[dialect]
    this.#isOurs = this.#dialect.read !== undefined
    this.#tally = tally
    this.#reader = this.#dialect.reader(this)
    this.#ackBytes = confirm === 'ack' && this.#dialect.ack !== undefined ? ACK_AFTER_BYTES : Number.POSITIVE_INFINITY
    this.#sampled = sampled
    this.verifier = sampled && this.#isOurs ? new Verifier() : undefined
    this.#head = this.#dialect.http ? '' : undefined
    this.ready = new Promise((resolve, reject) => {
      this.#isReady = resolve
      this.#failed = reject
    })
    this.#talk = this.#dialect.talk(wish)
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: SHARED, callback: (bytes) => this.#read(bytes) },
    })
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#closed())
    this.#socket.write(this.#dialect.open(wish))
    if (!this.#dialect.http) this.#advance()
  }

  /** Reads nothing from now on, or 8 KB a second, or all. Not counted any more while it is slow. Returns whether it was woken. */
  pace(pace: 'full' | 'trickle' | 'stalled'): boolean {
    const wakes = pace === 'full' && this.#isSlow
    if (wakes && this.#sampled) this.#woken = []
    this.#pace = pace
    this.#isSlow = pace !== 'full'
    if (pace === 'stalled') this.#socket.pause()
    else this.#socket.resume()
    return wakes
  }

  woken(): Woken | undefined {
    const [first, ...rest] = this.#woken ?? []
    if (first === undefined) return undefined
    let found = { oldestMs: first.ageMs, firstSentMs: first.ageMs, leftOutMs: 0, slowedToMs: this.#slowedToMs }
    let before = first
    for (const each of rest) {
      const leftOutMs = (each.stamp - before.stamp) / 1000
      if (leftOutMs > found.leftOutMs) found = { ...found, firstSentMs: each.ageMs, leftOutMs }
      before = each
    }
    return found
  }

  cut(): void {
    this.#isCut = true
    this.#socket.resetAndDestroy()
  }

  begins(opcode: number, length: number): boolean {
    if (this.#talk !== undefined || (this.#dialect.http && opcode >= CLOSE)) return true
    if (opcode === TEXT && length === 1) return true
    if (this.#dialect.isData?.(opcode, length) === false) return false
    this.#received++
    this.#sinceAck += length
    if (this.#sinceAck >= this.#ackBytes) {
      this.#sinceAck = 0
      this.#socket.write(this.#dialect.ack!(this.#received))
    }
    if (this.#isSlow) return this.#sampled
    this.#tally.messages++
    this.#tally.payloadBytes += length
    return this.#sampled
  }

  payload(opcode: number, payload: Buffer): void {
    if (this.#dialect.http && opcode === PING) this.#socket.write(pongFrame(payload))
    else if (this.#dialect.http && opcode === CLOSE) this.#socket.end()
    else if (opcode === TEXT && payload.length === 1 && payload[0] === ENGINE_PING) this.#socket.write(ENGINE_PONG)
    else if (this.#talk !== undefined) this.#converse(opcode, payload)
    else this.#look(opcode, payload)
  }

  #read(bytes: number): boolean {
    this.#tally.bytes += bytes
    const chunk = SHARED.subarray(0, bytes)
    try {
      if (this.#head === undefined) this.#reader.read(chunk)
      else this.#readHead(chunk)
    } catch (error) {
      this.#failed(error as Error)
      this.#socket.destroy()
    }
    if (this.#pace !== 'trickle') return true
    this.#socket.pause()
    setTimeout(() => this.#pace === 'trickle' && this.#socket.resume(), bytes / TRICKLE_BYTES_PER_MS)
    return true
  }

  #readHead(chunk: Buffer): void {
    this.#head += chunk.toString('latin1')
    const end = this.#head!.indexOf('\r\n\r\n')
    if (end < 0) return
    const status = Number(this.#head!.slice(9, 12))
    if (status !== 101 && status !== 200) throw new Error(`the server answered ${this.#head!.slice(0, 200)}`)
    const rest = Buffer.from(this.#head!.slice(end + 4), 'latin1')
    this.#head = undefined
    this.#advance()
    this.#reader.read(rest)
  }

  #advance(): void {
    const { value, done } = this.#talk!.next()
    if (value !== undefined) this.#say(value)
    if (done === true) this.#subscribed()
  }

  #say(bytes: Buffer): void {
    this.#socket.write(bytes)
    this.#advance()
  }

  #converse(opcode: number, payload: Buffer): void {
    if (this.#isOurs && this.#dialect.read?.({ opcode, payload }) !== undefined) this.#received++
    const { value, done } = this.#talk!.next({ opcode, payload })
    if (value !== undefined) this.#say(value)
    else if (done === true) this.#subscribed()
    if (this.verifier !== undefined) this.#look(opcode, payload)
  }

  #subscribed(): void {
    this.#talk = undefined
    this.#isReady()
  }

  #look(opcode: number, payload: Buffer): void {
    const now = stampMicros()
    const { latencies } = this.#tally
    if (this.verifier === undefined) {
      for (const stamp of stampsIn(payload)) {
        if (!this.#isSlow) latencies.push((now - stamp) / 1000)
        this.#woken?.push({ stamp, ageMs: (now - stamp) / 1000 })
      }
      return
    }
    const message = this.#dialect.read?.({ opcode, payload })
    if (message === undefined) return
    if (message[0] === 'gap') this.#tally.gaps++
    if (message[0] === 'config') {
      const { rateMs } = (message[1] as ConfigMessage).granted
      if (rateMs !== 'raw') this.#slowedToMs = Math.max(this.#slowedToMs, rateMs)
    }
    const stamp = this.verifier.take(...message)
    if (stamp === undefined) return
    this.#woken?.push({ stamp, ageMs: (now - stamp) / 1000 })
    if (!this.#isSlow) latencies.push((now - stamp) / 1000)
  }

  #closed(): void {
    if (!this.#isCut) this.#tally.lost++
    this.#failed(new Error('the server closed the connection'))
  }
}
