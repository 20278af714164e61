import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type BookSnapshotMessage,
  type BookUpdateMessage,
  decodeMsgpack,
  encodeMsgpack,
  packMessage,
  unpackBody,
} from '@depthcast/protocol'
import { type RawData, WebSocket, WebSocketServer } from 'ws'

/** What befalls the next book update on its way to the page; `held back` comes after the one that follows it. */
export type Mishap = 'dropped' | 'duplicated' | 'altered' | 'held back'

export type Proxy = {
  readonly url: string
  /** Mishaps that befell a message so far. */
  readonly done: number
  /** When the last of them did, ms since 1970. */
  readonly doneAt: number
  /** The next book update is dropped, sent twice, has the quantity of its first level changed, or is overtaken. */
  next(mishap: Mishap): void
  /** The next whole book has the quantity of its first level changed. */
  alterSnapshot(): void
  /** Whole books do not get through any more, so that whatever waits for one goes on waiting; or from now on they do again. */
  holdSnapshots(isHeld: boolean): void
  /** Nothing gets through to the page any more, though the line stays open; or what comes from now on does again, on lines that missed nothing: the others are cut. */
  silence(isSilent: boolean): void
  close(): Promise<void>
}

/**
 * A line between page and gateway that can be made to fail: everything passes unchanged but what a test asks for, and that befalls books of
 * `depth` levels a side only.
 */
export async function startProxy(gateway: string, depth = 25): Promise<Proxy> {
  /** The views of that depth. */
  const subs = new Set<unknown>()
  let pending: Mishap | undefined
  let spoilsSnapshot = false
  let holdsSnapshots = false
  let isSilent = false
  let heldBack: Buffer | undefined
  let done = 0
  let doneAt = 0
  const server = createServer((incoming, reply) => forward(gateway, incoming, reply))
  const doors = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const sockets = new Set<WebSocket>()
  const unheard = new Set<WebSocket>()

  const happened = (): void => {
    done += 1
    doneAt = Date.now()
  }
  const deliver = (page: WebSocket, frame: Buffer, binary: boolean): void => {
    if (isSilent) {
      unheard.add(page)
      return
    }
    const send = (...frames: readonly Uint8Array[]): void => frames.forEach((each) => void page.send(each, { binary }))
    const [type, body] = binary ? (decodeMsgpack(frame) as readonly unknown[]) : []
    if (type === 'reply') for (const sub of viewsOf(body, depth)) subs.add(sub)
    const message = bookMessage(type, body, subs)
    if (message?.type === 'snapshot' && holdsSnapshots) return
    if (message?.type === 'snapshot' && spoilsSnapshot) {
      spoilsSnapshot = false
      happened()
      send(altered(message))
    } else if (message?.type === 'update' && heldBack !== undefined) {
      send(frame, heldBack)
      heldBack = undefined
    } else if (message?.type === 'update' && pending !== undefined) {
      // Noted first: the page may be quicker than this line.
      happened()
      if (pending === 'altered') send(altered(message))
      if (pending === 'duplicated') send(frame, frame)
      if (pending === 'held back') heldBack = frame
      pending = undefined
    } else send(frame)
  }

  server.on('upgrade', (incoming, socket, head) => {
    doors.handleUpgrade(incoming, socket, head, (page) => {
      const door = new URL(incoming.url ?? '/', gateway.replace('http', 'ws'))
      const line = new WebSocket(door, page.protocol, { perMessageDeflate: false })
      const waiting: [Buffer, boolean][] = []
      sockets.add(page).add(line)
      line.on('open', () => waiting.splice(0).forEach(([frame, binary]) => void line.send(frame, { binary })))
      page.on('message', (data, binary) => {
        if (line.readyState === WebSocket.OPEN) line.send(bytes(data), { binary })
        else waiting.push([bytes(data), binary])
      })
      line.on('message', (data, binary) => deliver(page, bytes(data), binary))
      // A gateway that went is told to the page as a closed line.
      line.on('error', () => page.terminate())
      line.on('close', () => page.terminate())
      page.on('close', () => line.terminate())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get done() {
      return done
    },
    get doneAt() {
      return doneAt
    },
    next(mishap) {
      pending = mishap
    },
    alterSnapshot() {
      spoilsSnapshot = true
    },
    holdSnapshots(isHeld) {
      holdsSnapshots = isHeld
    },
    silence(silent) {
      isSilent = silent
      for (const page of unheard) page.terminate()
      unheard.clear()
    },
    async close() {
      for (const socket of sockets) socket.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function forward(gateway: string, incoming: IncomingMessage, reply: ServerResponse): void {
  const { host: _, ...headers } = incoming.headers
  const onward = request(new URL(incoming.url ?? '/', gateway), { method: incoming.method, headers }, (answer) => {
    reply.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(reply)
  })
  onward.on('error', () => reply.destroy())
  incoming.pipe(onward)
}

type Levels = { readonly bids: readonly number[]; readonly asks: readonly number[] }
type BookMessage = (Omit<BookUpdateMessage, keyof Levels> & Levels) | (Omit<BookSnapshotMessage, keyof Levels> & Levels)

/** The views of a depth that an answer grants. */
function viewsOf(reply: unknown, depth: number): readonly number[] {
  const { results = [reply] } = reply as { readonly results?: readonly unknown[] }
  const granted = results as readonly { readonly sub?: number; readonly granted?: { readonly depth?: unknown } }[]
  return granted.flatMap((each) => (each?.granted?.depth === depth && each.sub !== undefined ? [each.sub] : []))
}

/** A whole book, or an update that changes a level, of one of the views; undefined for everything else. */
function bookMessage(type: unknown, body: unknown, subs: ReadonlySet<unknown>): BookMessage | undefined {
  if (type !== 'update' && type !== 'snapshot') return undefined
  const message = { type, ...(unpackBody(type, body) as object) } as BookMessage
  if (!subs.has(message.sub)) return undefined
  return message.bids.length + message.asks.length > 0 ? message : undefined
}

/** The same message, telling one lot more in its first level than the gateway did. */
function altered(message: BookMessage): Uint8Array {
  const side = message.bids.length > 0 ? 'bids' : 'asks'
  const levels = [...message[side]]
  levels[1] = (levels[1] ?? 0) + 1
  return encodeMsgpack([message.type, packMessage({ ...message, [side]: levels })])
}

function bytes(data: RawData): Buffer {
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
}
