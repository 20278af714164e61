import { once } from 'node:events'
import { request } from 'node:http'
import { openExchange } from '@depthcast/feeds/simulation'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { Host } from '../src/emulators/host.ts'
import { EMULATORS } from '../src/emulators/index.ts'
import { EmulatorServer } from '../src/emulators/server.ts'
import { WallClock } from '../src/emulators/wall-clock.ts'
import { parseFault } from '../src/faults/spec.ts'

const running: EmulatorServer[] = []
const sockets: WebSocket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await Promise.all(running.splice(0).map((server) => server.close()))
})

/** A real server on a free port; the exchange is moved by hand. */
async function serve(...faults: readonly string[]) {
  return serveWith({ faults })
}

async function serveWith({ faults = [] as readonly string[], rate = 1, slowClientBytes = 64 * 1024 * 1024 }) {
  const clock = new WallClock()
  const host = new Host({
    exchange: openExchange({ seed: 7, preset: 'crypto', symbols: ['BTC-USD', 'ETH-USD'], rate }),
    openedAt: clock.openedAt,
    seed: 7,
    faults: faults.map(parseFault),
    emulators: Object.values(EMULATORS),
  })
  const server = new EmulatorServer({ host, clock, port: 0, address: '127.0.0.1', slowClientBytes })
  running.push(server)
  const port = await server.listen()
  return { host, server, origin: `http://127.0.0.1:${port}`, play: (ms: number) => host.advance(host.now + ms * 1000) }
}

/** A socket that keeps what it hears. */
async function connect(url: string) {
  const socket = new WebSocket(url.replace('http', 'ws'))
  sockets.push(socket)
  const heard: string[] = []
  const waiting: { readonly count: number; readonly done: () => void }[] = []
  socket.on('message', (data) => {
    heard.push(data.toString())
    for (const { count, done } of waiting) if (heard.length >= count) done()
  })
  await once(socket, 'open')
  const until = (count: number) =>
    new Promise<void>((done) => (heard.length >= count ? done() : void waiting.push({ count, done })))
  return { socket, heard, until }
}

test('the venues share the port by the paths of their real hosts, and a path of none is not found', async () => {
  const { origin } = await serve()
  const status = async (path: string) => (await fetch(`${origin}${path}`)).status
  expect(await status('/0/public/AssetPairs')).toBe(200)
  expect(await status('/api/v3/exchangeInfo')).toBe(200)
  expect(await status('/products')).toBe(200)
  expect(await status('/nowhere')).toBe(404)
})

test('a socket hears what its conversation says, word for word, and its pings are answered with their payload', async () => {
  const { origin, play } = await serve()
  const { socket, heard, until } = await connect(`${origin}/v2`)
  await until(1)
  expect(heard[0]).toContain('"channel":"status"')
  socket.send('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"]}}')
  await until(3)
  play(2_000)
  await until(5)
  expect(heard.slice(1, 3)).toEqual([
    expect.stringContaining('"success":true'),
    expect.stringContaining('"channel":"book","type":"snapshot"'),
  ])
  expect(heard[3]).toContain('"channel":"book","type":"update"')
  const pong = once(socket, 'pong')
  socket.ping('7')
  expect(String((await pong)[0])).toBe('7')
})

test('a socket of no venue is refused with 404, one too many with what the venue answers', async () => {
  const { origin } = await serve('connect-limited:kraken')
  const refusal = async (path: string) => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}${path}`)
    socket.on('error', () => {})
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      { statusCode: number; headers: object },
    ]
    socket.terminate()
    return { status: response.statusCode, headers: response.headers }
  }
  expect(await refusal('/v9')).toMatchObject({ status: 404 })
  expect(await refusal('/v2')).toMatchObject({ status: 429, headers: { 'retry-after': '5' } })
  const { heard, until } = await connect(`${origin}/v2`)
  await until(1)
  expect(heard.length).toBe(1)
})

test.each([
  { fault: 'close-1012', code: 1012 },
  { fault: 'close-1006', code: 1006 },
])('$fault closes the socket so, and the venue forgets the client', async ({ fault, code }) => {
  const { origin, host } = await serve(`${fault}:kraken`)
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/v2`)
  sockets.push(socket)
  expect((await once(socket, 'close'))[0]).toBe(code)
  expect(host.clients).toBe(0)
  expect(await (await fetch(`${origin}/faults`)).json()).toMatchObject([{ fault, venue: 'kraken', count: 1 }])
})

test('a frame that is sent in pieces is the same message', async () => {
  const { origin, play, host } = await serve('split:kraken:p=1')
  const { socket, heard, until } = await connect(`${origin}/v2`)
  await until(1)
  socket.send('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"]}}')
  await until(3)
  play(2_000)
  await until(6)
  for (const text of heard) expect(() => JSON.parse(text)).not.toThrow()
  expect(host.faults.counts()[0]?.count).toBeGreaterThan(2)
})

test('a ping is not answered where the venue is to answer none', async () => {
  const { origin } = await serve('no-pong:kraken')
  const { socket, until } = await connect(`${origin}/v2`)
  await until(1)
  let pongs = 0
  socket.on('pong', () => pongs++)
  socket.ping('7')
  socket.send('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"]}}')
  await until(3)
  expect(pongs).toBe(0)
})

test('the oracle and the faults that struck are beside the venues, and an address that is none is refused', async () => {
  const { origin, play } = await serve()
  play(1_000)
  const status = async (path: string) => (await fetch(`${origin}${path}`)).status
  expect(await status('/oracle/btc-usd?seq=1')).toBe(200)
  expect(await status('/oracle/BTC-USD?seq=x')).toBe(400)
  expect(await status('/oracle/FOO-USD')).toBe(404)
  expect(await status('/faults')).toBe(200)
  // Half a character, and an authority that is empty.
  for (const path of ['/oracle/%E2', '/ws/%E2', '//']) {
    const asked = request(origin, { path }).end()
    const [response] = await once(asked, 'response')
    response.resume()
    expect([path, response.statusCode]).toEqual([path, path === '//' ? 404 : 400])
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
    const [refused] = await once(request(origin, { path, headers: upgrade }).end(), 'response')
    refused.resume()
    expect([path, refused.statusCode]).toEqual([path, path === '//' ? 404 : 400])
  }
})

test('one connection serves many requests', async () => {
  const { origin } = await serve()
  const { Agent } = await import('node:http')
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ports = new Set<number | undefined>()
  for (let i = 0; i < 3; i++) {
    const asked = request(`${origin}/0/public/Time`, { agent }).end()
    asked.on('socket', (socket) => socket.once('connect', () => ports.add(socket.localPort)))
    const [response] = await once(asked, 'response')
    response.resume()
    await once(response, 'end')
  }
  agent.destroy()
  expect(ports.size).toBe(1)
})

test('a client that reads nothing is cut before it costs the memory of the others', async () => {
  const { origin, play, host, server } = await serveWith({ rate: 100, slowClientBytes: 64 * 1024 })
  const { socket, until } = await connect(`${origin}/v2`)
  await until(1)
  socket.send('{"method":"subscribe","params":{"channel":"book","depth":1000,"symbol":["BTC/USD","ETH/USD"]}}')
  await until(5)
  socket.pause()
  // What the kernel keeps for the two ends comes first.
  for (let round = 0; server.counts.cut === 0 && round < 200; round++) {
    play(200)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await expect.poll(() => host.clients).toBe(0)
  expect(server.counts.cut).toBe(1)
})

test.each([
  { name: 'a form', type: 'application/x-www-form-urlencoded', body: 'pair=XBTUSD&count=2' },
  { name: 'JSON', type: 'application/json', body: '{"pair":"XBTUSD","count":2}' },
])('Kraken takes the parameters of a public question in the body of a POST too: $name', async ({ type, body }) => {
  const { origin } = await serve()
  const post = async (path: string) => {
    const answer = await fetch(`${origin}${path}`, { method: 'POST', headers: { 'content-type': type }, body })
    return (await answer.json()) as { error: string[]; result: { XXBTZUSD: { asks: unknown[]; bids: unknown[] } } }
  }
  expect((await post('/0/public/Depth')).result.XXBTZUSD.asks.length).toBe(2)
  expect((await post('/0/public/Depth?count=3')).result.XXBTZUSD.asks.length).toBe(3)
})

test('a browser that asks first is let in, who asks for the head alone is told no more, and the length is always told', async () => {
  const { origin } = await serve()
  const preflight = await fetch(`${origin}/api/v3/time`, { method: 'OPTIONS' })
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
  const head = await fetch(`${origin}/api/v3/time`, { method: 'HEAD' })
  expect([head.status, await head.text(), head.headers.get('x-mbx-used-weight-1m')]).toEqual([200, '', '1'])
  const { headers } = await fetch(`${origin}/products`)
  expect(Number(headers.get('content-length'))).toBeGreaterThan(100)
})

test('Binance tells times in the unit of a header, and asks for keys where one is needed', async () => {
  const { origin } = await serve()
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${origin}/api/v3/${path}`, { headers })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const digits = async (unit: string) => {
    const { body } = await ask('time', { 'X-MBX-TIME-UNIT': unit })
    return String(body.serverTime).length
  }
  expect([await digits('MICROSECOND'), await digits('millisecond')]).toEqual([16, 13])
  expect(await ask('time', { 'X-MBX-TIME-UNIT': 'HOUR' })).toMatchObject({ status: 400, body: { code: -1194 } })
  expect(await ask('account')).toMatchObject({ status: 401, body: { code: -2014 } })
  expect(await ask('account', { 'X-MBX-APIKEY': 'a'.repeat(64) })).toMatchObject({ status: 401, body: { code: -2015 } })
})
