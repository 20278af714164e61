import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { pack } from 'msgpackr'
import * as WebSocketModule from 'ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { stamped } from '../stamp.ts'
import { type Host, NOTHING_COUNTED } from './order.ts'

/** The part of `ws` that makes frames; its types leave it out. */
const { Sender } = WebSocketModule as unknown as { readonly Sender: { frame(data: Buffer, options: object): Buffer[] } }

type Kind = 'ws-send' | 'ws-prepared' | 'ws-batch'
type Client = { readonly webSocket: WebSocket; readonly socket: Socket; readonly channels: Set<number> }

/**
 * What one writes with `ws` alone: `send` to each client; one frame made beforehand and written to each socket, those of a tick corked into one
 * write; or everything a client gets in a tick packed into one message of its own.
 */
export async function wsHost(kind: Kind, port: number): Promise<Host> {
  const server = createServer()
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  const clients = new Set<Client>()
  const channels = new Map<number, Set<Client>>()
  const pending = new Map<number, string | Buffer>()
  sockets.on('connection', (webSocket, request) => {
    const client: Client = { webSocket, socket: request.socket, channels: new Set() }
    clients.add(client)
    webSocket.on('message', (message) => {
      for (const channel of JSON.parse(String(message)) as number[]) {
        client.channels.add(channel)
        const members = channels.get(channel) ?? new Set()
        members.add(client)
        channels.set(channel, members)
      }
      webSocket.send('subscribed')
    })
    webSocket.on('close', () => {
      clients.delete(client)
      for (const channel of client.channels) channels.get(channel)?.delete(client)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port,
    publish(channel, bytes) {
      const payload = stamped(bytes)
      if (kind !== 'ws-send') {
        pending.set(channel, kind === 'ws-batch' ? payload : frameOf(payload))
        return
      }
      const message = Buffer.from(payload)
      for (const { webSocket } of channels.get(channel) ?? []) webSocket.send(message, { binary: true })
    },
    tick() {
      if (kind === 'ws-prepared') writeFrames(pending as Map<number, Buffer>, clients, channels)
      else if (kind === 'ws-batch') sendBatches(pending as Map<number, string>, clients)
      pending.clear()
    },
    stats: () => NOTHING_COUNTED,
  }
}

function writeFrames(
  frames: ReadonlyMap<number, Buffer>,
  clients: Iterable<Client>,
  members: ReadonlyMap<number, Iterable<Client>>,
): void {
  if (frames.size === 1) {
    for (const [channel, frame] of frames) for (const { socket } of members.get(channel) ?? []) socket.write(frame)
    return
  }
  for (const { socket, channels } of clients) {
    socket.cork()
    for (const channel of channels) {
      const frame = frames.get(channel)
      if (frame !== undefined) socket.write(frame)
    }
    socket.uncork()
  }
}

function sendBatches(payloads: ReadonlyMap<number, string>, clients: Iterable<Client>): void {
  for (const { webSocket, channels } of clients) {
    const batch: { channel: number; payload: string }[] = []
    for (const channel of channels) {
      const payload = payloads.get(channel)
      if (payload !== undefined) batch.push({ channel, payload })
    }
    if (batch.length > 0) webSocket.send(pack(batch))
  }
}

function frameOf(payload: string): Buffer {
  const options = { fin: true, rsv1: false, opcode: 2, mask: false, readOnly: false }
  return Buffer.concat(Sender.frame(Buffer.from(payload), options))
}
