import type { ServerMessage } from '@depthcast/protocol'
import { ASK_MARKS } from '../../src/flow/lateness.ts'
import type { Door, Encoding, Frame } from '../../src/transport.ts'

/** Messages as JSON, a line each, so that a test can read what would have left, spliced or not. Counts what it encodes. */
export function fakeEncoding(name = 'fake', text = false): Encoding & { encoded: number } {
  return {
    name,
    text,
    encoded: 0,
    encode(message: ServerMessage) {
      this.encoded++
      return Buffer.from(`${JSON.stringify(message)}\n`)
    },
  }
}

/** Two for the window: few, so that they come round again. */
const MARKS = 2 + ASK_MARKS

/** One client's line: what is written waits in it until the test lets it through. */
export class FakeDoor implements Door {
  readonly encoding: Encoding
  address = '192.0.2.1'
  closed: { readonly code: number; readonly reason: string } | undefined
  writes = 0
  #waiting: (Frame | (() => void))[] = []
  #bytes = 0
  #isFlushing = false
  #listener: () => void = () => {}
  #deliver: (message: ServerMessage) => void
  #answer: (number: number) => void = () => {}
  readonly marks: readonly Frame[]
  /** While true nothing gets through. */
  stalled = false
  /** Of several marks read at once it answers the last alone, as a WebSocket may. */
  answersLast = false
  /** What was written last, as it came. */
  last: Frame | undefined

  constructor(encoding: Encoding, deliver: (message: ServerMessage) => void = () => {}, hasEcho = false) {
    this.encoding = encoding
    this.#deliver = deliver
    this.marks = Array.from({ length: hasEcho ? MARKS : 0 }, (_, number) => Buffer.from(`${number}\n`))
  }

  onAnswer(listener: (number: number) => void): void {
    this.#answer = listener
  }

  write(frame: Frame): number {
    this.writes++
    this.last = frame
    this.#bytes += frame.length
    this.#waiting.push(...lines(frame))
    if (!this.stalled) this.flush()
    return this.buffered()
  }

  descriptor(): number {
    return -1
  }

  buffered(): number {
    return this.#bytes
  }

  /** The types of the messages that wait. */
  pending(): readonly string[] {
    return this.#waiting.flatMap((one) => (typeof one === 'function' ? [] : [String(JSON.parse(one.toString()).type)]))
  }

  /** Does this on the client's side once it has everything written before: an ack takes its turn like any frame. */
  inOrder(effect: () => void): void {
    this.#waiting.push(effect)
    if (!this.stalled) this.flush()
  }

  onDrain(listener: () => void): void {
    this.#listener = listener
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason }
  }

  vanish(): void {
    this.close(1006, 'vanished')
  }

  /** Delivers up to `limit` of what waits, then tells that the line took it. What comes in meanwhile takes its turn behind. */
  flush(limit = Number.POSITIVE_INFINITY): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    let mark: number | undefined
    let passed = 0
    for (; passed < limit && this.#waiting.length > 0; passed++) {
      const one = this.#waiting.shift() as Frame | (() => void)
      if (typeof one === 'function') one()
      else {
        this.#bytes -= one.length
        const said = JSON.parse(one.toString()) as ServerMessage | number
        if (typeof said === 'object') this.#deliver(said)
        else if (this.answersLast) mark = said
        else this.#answer(said)
      }
    }
    this.#isFlushing = false
    if (mark !== undefined) this.#answer(mark)
    if (passed > 0) this.#listener()
  }
}

/** Several frames may come as one. */
function lines(frames: Frame): readonly Frame[] {
  const found: Frame[] = []
  for (let from = 0; from < frames.length; ) {
    const end = frames.indexOf('\n', from) + 1
    found.push(frames.subarray(from, end))
    from = end
  }
  return found
}
