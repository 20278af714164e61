import { decodeMsgpack, encodeMsgpack } from '@depthcast/protocol'
import { WebSocket } from 'ws'
import { asText, type DoorKit, type Ears, named, Refused, type Wire } from '../wire.ts'

/** Stock `ws`, with both subprotocols. */
export const websocketMsgpack = kit('msgpack', {
  read: asText,
  parse: (bytes) => decodeMsgpack(bytes),
  spell: encodeMsgpack,
  malformed: Buffer.from([0x93, 0x01]),
})
export const websocketJson = kit('json', {
  read: named,
  parse: (bytes) => JSON.parse(bytes.toString()),
  spell: JSON.stringify,
  malformed: '["subscribe", {',
})

type Spelling = Pick<DoorKit, 'malformed'> & {
  readonly read: typeof named
  parse(bytes: Buffer): unknown
  spell(value: unknown): string | Uint8Array
}

function kit(spelling: string, { read, parse, spell, malformed }: Spelling): DoorKit {
  return {
    name: `websocket-${spelling}`,
    encoding: `websocket-${spelling}`,
    can: ['stream', 'requests'],
    malformed,
    connect(url, { subscribe: _later, ...handshake }, ears) {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, `depthcast.v1.${spelling}`)
      const answers = new Answers(ears)
      const wire: Wire = {
        request: (name, payload) => socket.send(spell([name, payload ?? null, answers.expect(name)])),
        tell: (name, payload) => socket.send(spell([name, payload])),
        send: (message) => socket.send(message),
        reads: (isReading) => (isReading ? socket.resume() : socket.pause()),
        token() {
          const told = answers.once()
          socket.send(spell(['resume', {}, told.id]))
          return told.answer.then((answer) => (answer as { readonly resume: string }).resume)
        },
        leave: () => socket.close(),
      }
      return new Promise((resolve, reject) => {
        let refusal: Refused['wire'] | undefined
        socket.once('open', () => socket.send(spell(['hello', handshake])))
        socket.on('message', (bytes: Buffer) => {
          const [type, body, id] = parse(bytes) as [string, unknown, number]
          if (type === 'reply') return answers.take(id, body)
          const message = read(type, body)
          if (message.type === 'error') refusal = message
          if (message.type === 'welcome') resolve(wire)
          ears.message(message)
        })
        socket.once('close', (code) => {
          if (refusal !== undefined) reject(new Refused(refusal, code))
          ears.closed(code)
        })
      })
    },
  }
}

/** Which request each answer is to. */
class Answers {
  readonly #ears: Ears
  readonly #takers: ((answer: unknown) => void)[] = []

  constructor(ears: Ears) {
    this.#ears = ears
  }

  /** The id for a request whose answer the ears want. */
  expect(name: string): number {
    return this.#takers.push((answer) => this.#ears.answer(name, answer)) - 1
  }

  once(): { readonly id: number; readonly answer: Promise<unknown> } {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    return { id: this.#takers.push(resolve) - 1, answer: promise }
  }

  take(id: number, answer: unknown): void {
    const taker = this.#takers[id]
    if (taker === undefined) throw new Error(`an answer to request ${id}, which was not made`)
    taker(answer)
  }
}
