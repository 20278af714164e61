import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Both ends of a TCP connection on loopback, gone with the test. */
export async function pairOfSockets(): Promise<{ readonly server: Socket; readonly client: Socket }> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const connected = once(listener, 'connection')
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1')
  const [server] = (await connected) as [Socket]
  client.on('error', () => {})
  onTestFinished(() => {
    client.destroy()
    server.destroy()
    listener.close()
  })
  return { server, client }
}

/** What arrives, until there are so many bytes of it. */
export async function readText(client: Socket, bytes: number): Promise<string> {
  let text = ''
  for await (const chunk of client) {
    text += chunk
    if (text.length >= bytes) break
  }
  return text
}
