import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BookUpdateMessage, decodeMsgpack, encodeMsgpack, packMessage, unpackBody } from '@depthcast/protocol'
import { type RawData, WebSocket, WebSocketServer } from 'ws'

/** What befalls the next book update on its way to the page. */
export type Mishap = 'dropped' | 'duplicated' | 'altered'

export type Proxy = {
  readonly url: string
  /** Mishaps that befell an update so far. */
  readonly done: number
  /** The next book update is dropped, sent twice, or has the quantity of its first level changed. */
  next(mishap: Mishap): void
  close(): Promise<void>
}

/** A line between page and gateway that can be made to fail: everything passes unchanged but what a test asks for. */
export async function startProxy(gateway: string): Promise<Proxy> {
  let pending: Mishap | undefined
  let done = 0
  const server = createServer((incoming, reply) => forward(gateway, incoming, reply))
  const doors = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const sockets = new Set<WebSocket>()

  const deliver = (page: WebSocket, frame: Buffer, binary: boolean): void => {
    const update = pending !== undefined && binary ? bookUpdate(frame) : undefined
    if (update === undefined || pending === undefined) {
      page.send(frame, { binary })
      return
    }
    if (pending === 'altered') page.send(altered(update), { binary })
    if (pending === 'duplicated') for (let times = 0; times < 2; times += 1) page.send(frame, { binary })
    pending = undefined
    done += 1
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
    next(mishap) {
      pending = mishap
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

type Update = Omit<BookUpdateMessage, 'type'> & { readonly bids: readonly number[]; readonly asks: readonly number[] }

/** A frame's book update that changes a level; undefined for every other frame. */
function bookUpdate(frame: Buffer): Update | undefined {
  const [type, body] = decodeMsgpack(frame) as readonly unknown[]
  if (type !== 'update') return undefined
  const update = unpackBody('update', body) as Update
  return update.bids.length + update.asks.length > 0 ? update : undefined
}

/** The same update, telling one lot more in its first level than the gateway did. */
function altered(update: Update): Uint8Array {
  const side = update.bids.length > 0 ? 'bids' : 'asks'
  const levels = [...update[side]]
  levels[1] = (levels[1] ?? 0) + 1
  return encodeMsgpack(['update', packMessage({ ...update, type: 'update', [side]: levels })])
}

function bytes(data: RawData): Buffer {
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
}
