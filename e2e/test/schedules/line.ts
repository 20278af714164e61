import { type IncomingMessage, request } from 'node:http'
import { decodeMsgpack, encodeMsgpack, unpackBody } from '@depthcast/protocol'
import { io } from 'socket.io-client'
import officialParser from 'socket.io-msgpack-parser'
import { WebSocket } from 'ws'

export const DOORS = ['socketio-msgpack', 'socketio-json', 'websocket-msgpack', 'websocket-json', 'sse'] as const
export type DoorName = (typeof DOORS)[number]

/** One connection of a client to a gateway, whichever door it goes through. */
export type Line = {
  readonly door: DoorName
  /** Undefined where the door takes none. */
  readonly request: ((name: string, payload: unknown, answered: (answer: unknown) => void) => void) | undefined
  /** Reads nothing until `wake`. */
  stall(): void
  wake(): void
  /** Gone without a word. */
  cut(): void
}

export type LineEvents = {
  /** Everything the server says, view messages under their names whatever the door. */
  message(type: string, body: Record<string, unknown>): void
  /** The last resume token a door gives of itself. */
  token(token: string): void
  ended(): void
}

/** Connects with a resume token, or without. */
export function openLine(door: DoorName, url: string, resume: string | undefined, events: LineEvents): Line {
  if (door === 'sse') return sse(url, resume, events)
  return door.startsWith('socketio') ? socketio(door, url, resume, events) : webSocket(door, url, resume, events)
}

function socketio(door: DoorName, url: string, resume: string | undefined, events: LineEvents): Line {
  const isText = door === 'socketio-json'
  const socket = io(url, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth: { ...(resume !== undefined && { resume }) },
    ...(isText ? { path: '/socket.io-json' } : { parser: officialParser }),
  })
  socket.onAny((type: string, body: unknown) => events.message(type, unpackBody(type, body) as Record<string, unknown>))
  socket.on('disconnect', events.ended)
  socket.on('connect_error', events.ended)
  const tcp = () =>
    (socket.io.engine?.transport as unknown as { readonly ws?: { readonly _socket?: Tcp } } | undefined)?.ws?._socket
  return {
    door,
    request: (name, payload, answered) => void socket.emit(name, payload, answered),
    stall: () => tcp()?.pause(),
    wake: () => tcp()?.resume(),
    cut: () => {
      socket.off('disconnect')
      tcp()?.destroy()
      socket.disconnect()
    },
  }
}

function webSocket(door: DoorName, url: string, resume: string | undefined, events: LineEvents): Line {
  const isText = door === 'websocket-json'
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, `depthcast.v1.${isText ? 'json' : 'msgpack'}`)
  const waiting = new Map<number, (answer: unknown) => void>()
  let requests = 0
  const send = (message: readonly unknown[]) => socket.send(isText ? JSON.stringify(message) : encodeMsgpack(message))
  socket.on('open', () => send(['hello', { ...(resume !== undefined && { resume }) }]))
  socket.on('message', (bytes: Buffer, isBinary: boolean) => {
    const message = isBinary ? decodeMsgpack(bytes) : JSON.parse(bytes.toString())
    const [type, body, id] = message as [string, unknown, number | undefined]
    if (type === 'reply') waiting.get(id as number)?.(body)
    else events.message(type, unpackBody(type, body) as Record<string, unknown>)
  })
  socket.on('close', events.ended)
  socket.on('error', () => {})
  const tcp = () => (socket as unknown as { readonly _socket?: Tcp })._socket
  return {
    door,
    request(name, payload, answered) {
      if (socket.readyState !== WebSocket.OPEN) return
      waiting.set(++requests, answered)
      send([name, payload, requests])
    },
    stall: () => tcp()?.pause(),
    wake: () => tcp()?.resume(),
    cut: () => {
      socket.off('close', events.ended)
      socket.terminate()
    },
  }
}

function sse(url: string, resume: string | undefined, events: LineEvents): Line {
  const headers = resume === undefined ? {} : { 'last-event-id': resume }
  let response: IncomingMessage | undefined
  let isCut = false
  const ended = () => {
    if (!isCut) events.ended()
  }
  const asked = request(`${url}/v1/sse`, { headers, agent: false }, (answer) => {
    response = answer
    let text = ''
    answer.setEncoding('utf8')
    answer.on('data', (chunk: string) => {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) take(block)
    })
    answer.on('close', ended)
    answer.on('error', () => {})
  })
  asked.on('error', ended)
  asked.end()

  function take(block: string): void {
    const fields = new Map(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string]))
    const [type, data, id] = [fields.get('event'), fields.get('data'), fields.get('id')]
    if (type !== undefined && data !== undefined) events.message(type, JSON.parse(data) as Record<string, unknown>)
    if (id !== undefined) events.token(id)
  }

  return {
    door: 'sse',
    request: undefined,
    stall: () => response?.pause(),
    wake: () => response?.resume(),
    cut: () => {
      isCut = true
      asked.destroy()
    },
  }
}

type Tcp = { pause(): void; resume(): void; destroy(): void }
