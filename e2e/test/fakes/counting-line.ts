import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type RawData, WebSocket, WebSocketServer } from 'ws'

export type CountingLine = {
  readonly url: string
  /** Payload bytes of every frame that went to the client. */
  readonly bytes: number
  close(): Promise<void>
}

/** A line to a gateway that counts what passes to the client, as a network monitor would. */
export async function countingLine(gateway: string): Promise<CountingLine> {
  let counted = 0
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  server.on('connection', (client, { url = '/' }) => {
    const door = new URL(url, gateway.replace('http', 'ws'))
    const line = new WebSocket(door, client.protocol, { perMessageDeflate: false })
    const waiting: [RawData, boolean][] = []
    line.on('open', () => waiting.splice(0).forEach(([frame, binary]) => void line.send(frame as Buffer, { binary })))
    client.on('message', (frame, binary) => {
      if (line.readyState === WebSocket.OPEN) line.send(frame as Buffer, { binary })
      else waiting.push([frame, binary])
    })
    line.on('message', (frame, binary) => {
      counted += (frame as Buffer).length
      client.send(frame as Buffer, { binary })
    })
    line.on('close', () => client.terminate())
    client.on('close', () => line.terminate())
  })
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get bytes() {
      return counted
    },
    async close() {
      for (const client of server.clients) client.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}
