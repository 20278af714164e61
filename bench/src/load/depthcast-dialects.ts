import { DOORS, type Door } from '@depthcast/simulators/clients'
import { symbolOf } from '../hosts/scripted-feed.ts'
import { type Dialect, until, type Wish } from './dialect.ts'

/** The gateway's own doors. */
export const DEPTHCAST_DIALECTS = {
  'depthcast-socketio-msgpack': dialectOf(DOORS.socketio),
  'depthcast-socketio-json': dialectOf(DOORS['socketio-json']),
  'depthcast-websocket-msgpack': dialectOf(DOORS.websocket),
  'depthcast-websocket-json': dialectOf(DOORS['websocket-json']),
  'depthcast-sse': dialectOf(DOORS.sse),
} as const satisfies Record<string, Dialect>

const OPENING = { host: '127.0.0.1', path: '' }

function dialectOf(door: Door): Dialect {
  return {
    open: (wish) => door.open(OPENING, aliases(wish)),
    *talk(wish) {
      if (door.hello?.waits) yield* until((heard) => door.hear(heard)?.kind === 'greeting')
      if (door.hello !== undefined) yield door.hello.say()
      yield* until((heard) => {
        const said = door.hear(heard)
        return said?.kind === 'message' && said.type === 'welcome'
      })
      if (wish.channels.length === 0) return
      if (door.subscribe !== undefined) yield door.subscribe(subscribe(wish), 1)
      yield* until((heard) => {
        const said = door.hear(heard)
        return said?.kind === 'answer' && granted(said.answer)
      })
    },
    reader: (listener) => door.reader(listener),
    http: true,
    read(heard) {
      const said = door.hear(heard)
      return said?.kind === 'message' ? [said.type, said.body] : undefined
    },
    isData: (opcode, length) => door.isMessage(opcode, length),
    ...(door.ack === undefined ? {} : { ack: door.ack }),
  }
}

function aliases({ channels, rate }: Wish): readonly string[] {
  const pace = rate === 'raw' ? 'raw' : `${rate}ms`
  return channels.map((channel) => `book.${symbolOf(channel)}.all.1.${pace}`)
}

function subscribe({ channels, rate, since }: Wish): object {
  const symbols = channels.map(symbolOf)
  const view = { channel: 'book', symbols, depth: 'all', rateMs: rate }
  return since === undefined ? view : { ...view, since: symbols.map(() => since) }
}

/** Throws where any symbol was refused: a client without what it wants measures nothing. */
function granted(answer: unknown): boolean {
  const { results, error } = answer as { results?: readonly { error?: unknown }[]; error?: unknown }
  const refusal = error ?? results?.find((result) => result.error !== undefined)?.error
  if (refusal !== undefined) throw new Error(`subscribe refused: ${JSON.stringify(refusal)}`)
  return true
}
