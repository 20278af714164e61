import { setImmediate, setTimeout } from 'node:timers/promises'
import type { CaptureRecord } from '@depthcast/feeds'
import type { WebSocket } from 'ws'
import { type RecordedSocket, takeOf } from './recorded-venue.ts'

export type PlaybackOptions = {
  readonly speed: number
  takeOf(socket: RecordedSocket): number
  onFrame(): void
}

/** A client that takes longer than this to say what the recorder said again gets on without. Its first words are waited for. */
const PATIENCE_MS = 1000
/** A client that reads no faster is waited for: what is buffered is memory. */
const BUFFERED_BYTES = 8_000_000
const FRAMES_AT_ONCE = 200
/** What a server may close with; the others are for programs to see. RFC 6455, section 7.4. */
const SENDABLE = (code: number): boolean =>
  code === 1000 || (code >= 1001 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || code >= 3000

/**
 * Plays one take of a recorded socket to one client.
 *
 * Time stands still where the recorder sent something until the client does so too: what answers a subscription comes after it, as it did then.
 * Where several sockets were recorded at the address, the client's first words say which it means.
 */
export class Playback {
  readonly #client: WebSocket
  readonly #candidates: readonly RecordedSocket[]
  readonly #options: PlaybackOptions
  readonly #gone = new AbortController()
  readonly #heard: string[] = []
  #awake: () => void = () => {}
  #expected = 0
  socket: RecordedSocket
  take: number
  /** Where the recording was, and when by our clock: since then it runs. */
  #at = 0
  #since = 0

  constructor(client: WebSocket, candidates: readonly RecordedSocket[], options: PlaybackOptions) {
    this.#client = client
    this.#candidates = candidates
    this.#options = options
    this.socket = candidates[0]!
    this.take = options.takeOf(this.socket)
    client.on('message', (message) => {
      this.#heard.push(String(message))
      this.#awake()
    })
    this.gone = new Promise((resolve) => {
      client.on('close', () => {
        this.#gone.abort()
        resolve()
      })
    })
    client.on('error', () => {})
  }

  /** Where the recording stands, µs since 1970; 0 before anything was played. */
  get position(): number {
    return this.#at === 0 ? 0 : this.#at + (performance.now() - this.#since) * 1000 * this.#pace
  }

  /** Resolves when the client's socket is gone. */
  readonly gone: Promise<void>

  /** `left`: the client went first. `closed`: the recorded socket was closed here. `ended`: the recording was over. */
  async run(): Promise<'left' | 'closed' | 'ended'> {
    let records = takeOf(this.socket, this.take)
    let played = 0
    for (let next = records.next(); !next.done; next = records.next()) {
      const record = next.value
      if (this.#gone.signal.aborted) return 'left'
      if (record === undefined || ++played % FRAMES_AT_ONCE === 0) await setImmediate()
      if (record === undefined) continue
      if (record.kind === 'sent') {
        const isFirst = this.#expected === 0
        await this.#listen()
        const chosen = isFirst ? this.#meant() : this.socket
        if (chosen !== this.socket) {
          this.socket = chosen
          this.take = this.#options.takeOf(chosen)
          records = fromFirstSent(chosen, this.take)
        }
        this.#set(timeOf(record))
        continue
      }
      await this.#until(timeOf(record))
      if (this.#gone.signal.aborted) return 'left'
      if (record.kind === 'closed') {
        // The recorder had done with it: this client may not have.
        if (record.isFinal) return 'ended'
        if (SENDABLE(record.code)) this.#client.close(record.code, record.reason.slice(0, 120))
        else this.#client.terminate()
        return 'closed'
      }
      await this.#say(record)
    }
    return this.#gone.signal.aborted ? 'left' : 'ended'
  }

  get #pace(): number {
    return Math.min(this.#options.speed, 1e9)
  }

  #set(at: number): void {
    this.#at = at
    this.#since = performance.now()
  }

  async #until(at: number): Promise<void> {
    if (this.#at === 0) this.#set(at)
    const waitMs = (at - this.position) / 1000 / this.#pace
    if (waitMs > 0.5) await setTimeout(waitMs, undefined, { signal: this.#gone.signal }).catch(() => {})
  }

  async #say(record: CaptureRecord): Promise<void> {
    if (record.kind === 'frame') {
      this.#options.onFrame()
      if (record.bin === undefined) this.#client.send(record.text)
      else this.#client.send(Buffer.from(record.bin, 'base64'))
    } else if (record.kind === 'ping') this.#client.ping(record.payload ?? '')
    while (this.#client.bufferedAmount > BUFFERED_BYTES && !this.#gone.signal.aborted) await setTimeout(5)
  }

  /** Waits for the client's next words. */
  async #listen(): Promise<void> {
    this.#expected++
    const patience = AbortSignal.timeout(this.#expected === 1 ? 2 ** 31 - 1 : PATIENCE_MS)
    const over = AbortSignal.any([patience, this.#gone.signal])
    while (this.#heard.length < this.#expected && !over.aborted) {
      await new Promise<void>((resolve) => {
        this.#awake = resolve
        over.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  #meant(): RecordedSocket {
    const words = this.#heard[0]
    return this.#candidates.find(({ firstSent }) => firstSent !== undefined && firstSent === words) ?? this.socket
  }
}

function* fromFirstSent(socket: RecordedSocket, take: number): ReturnType<typeof takeOf> {
  let isPast = false
  for (const record of takeOf(socket, take)) {
    if (isPast || record === undefined) yield record
    else isPast = record.kind === 'sent'
  }
}

function timeOf(record: CaptureRecord): number {
  return record.kind === 'header' ? 0 : record.at
}
