import { decodeMsgpack, encodeMsgpack, unpackBody, type WireError } from '@depthcast/protocol'
import { ClientError } from '../errors.ts'
import { wireError } from '../incoming.ts'
import { endOfWebSocket } from './endings.ts'
import type { Hello, Link, LinkListener, Transport } from './transport.ts'

const SUBPROTOCOL = 'depthcast.v1.msgpack'

/**
 * A WebSocket without anything on top, the platform's own: the same messages as through Socket.IO, and nothing else to load.
 *
 * `[type, body]` comes in, `[name, payload, id]` goes out, and each request with an id is answered by `['reply', answer, id]`.
 */
export const websocket: Transport = {
  name: 'websocket',
  open(url, hello, listener) {
    const address = new URL(`${url.pathname.replace(/\/$/, '')}/v1/stream`, url.origin.replace(/^http/, 'ws'))
    return new WebSocketLink(address, hello, listener)
  },
}

class WebSocketLink implements Link {
  #socket: WebSocket | undefined
  #listener: LinkListener | undefined
  readonly #answers = new Map<number, (reply: unknown) => void>()
  #lastId = 0
  /** The last error the server told: why it closes, when it does. */
  #lastError: WireError | undefined

  constructor(address: URL, hello: Hello, listener: LinkListener) {
    this.#listener = listener
    try {
      this.#open(new WebSocket(address, SUBPROTOCOL), hello)
    } catch (cause) {
      // A page may not be allowed to go there at all. A link never calls back inside the call that opened it.
      queueMicrotask(() => this.#fail('connect-failed', `could not connect: ${String(cause)}`, cause))
    }
  }

  request(name: string, body: unknown, answered: (reply: unknown) => void): void {
    const id = ++this.#lastId
    this.#answers.set(id, answered)
    this.#send([name, body, id])
  }

  tell(name: string, body: unknown): void {
    this.#send([name, body])
  }

  terminate(): void {
    this.#listener = undefined
    this.#answers.clear()
    this.#socket?.close()
  }

  #open(socket: WebSocket, hello: Hello): void {
    this.#socket = socket
    let isOpened = false
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      isOpened = true
      this.#send(['hello', hello])
    }
    socket.onmessage = ({ data }) => this.#received(data)
    socket.onclose = ({ code, reason }) => {
      const listener = this.#listener
      this.terminate()
      listener?.ended(endOfWebSocket({ isOpened, code, reason }, this.#lastError))
    }
  }

  #received(frame: unknown): void {
    if (this.#listener === undefined) return
    let message: unknown
    try {
      if (!(frame instanceof ArrayBuffer)) throw new TypeError('a text frame')
      message = decodeMsgpack(frame)
    } catch (cause) {
      this.#fail('malformed-message', 'what the server sent is no message', cause)
      return
    }
    const [type, body, id] = Array.isArray(message) ? (message as readonly unknown[]) : []
    const { byteLength } = frame as ArrayBuffer
    if (typeof type !== 'string') this.#fail('malformed-message', 'what the server sent is no message')
    else if (type === 'reply') {
      this.#listener.answered(byteLength)
      this.#reply(body, id)
    } else {
      if (type === 'error') this.#lastError = wireError(body)
      this.#listener.message(type, unpackBody(type, body), byteLength)
    }
  }

  #reply(body: unknown, id: unknown): void {
    const answered = this.#answers.get(id as number)
    this.#answers.delete(id as number)
    answered?.(body)
  }

  #send(message: readonly unknown[]): void {
    if (this.#socket?.readyState === WebSocket.OPEN)
      this.#socket.send(encodeMsgpack(message) as Uint8Array<ArrayBuffer>)
  }

  #fail(slug: 'connect-failed' | 'malformed-message', message: string, cause?: unknown): void {
    const listener = this.#listener
    this.terminate()
    listener?.ended({ error: new ClientError(slug, message, { cause }), next: 'backoff' })
  }
}
