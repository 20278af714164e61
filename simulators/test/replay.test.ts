import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type CaptureRecord, openCapture } from '@depthcast/feeds'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { replay } from '../src/replay/replay.ts'
import { type ReplayServer, serveReplay } from '../src/replay/serve.ts'
import { ACK, at, frame, kept, LISTING, open, SUBSCRIBE, saved, session, snapshot, update } from './recorded.ts'
import { sim } from './run.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const SENT: CaptureRecord = { kind: 'sent', at: at(11), connection: 'coinbase', text: SUBSCRIBE }

async function served(
  records: readonly CaptureRecord[],
  options: { speed?: number; loops?: boolean } = {},
): Promise<ReplayServer> {
  const file = saved(`served-${closing.length}-${Math.random()}.ndjson`, records)
  const server = await serveReplay([openCapture(file)], { port: 0, speed: 1, loops: false, ...options })
  closing.push(() => server.close())
  return server
}

/** A client that keeps what it hears, to be waited for. */
class Ear {
  readonly socket: WebSocket
  readonly heard: (string | Buffer)[] = []
  readonly closed: Promise<readonly [code: number, reason: string]>
  #wake: () => void = () => {}

  constructor({ port }: ReplayServer, path = '/') {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`)
    closing.push(() => this.socket.terminate())
    this.socket.on('error', () => {})
    this.socket.on('message', (message: Buffer, isBinary) => this.#hear(isBinary ? message : String(message)))
    this.socket.on('ping', (payload) => this.#hear(`ping ${payload}`))
    this.closed = new Promise((resolve) => this.socket.on('close', (code, reason) => resolve([code, String(reason)])))
  }

  async opened(): Promise<this> {
    await once(this.socket, 'open')
    return this
  }

  async until(count: number): Promise<void> {
    while (this.heard.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #hear(what: string | Buffer): void {
    this.heard.push(what)
    this.#wake()
  }
}

async function get({ port }: ReplayServer, path: string): Promise<{ status: number; body: string; headers: Headers }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`)
  return { status: response.status, body: await response.text(), headers: response.headers }
}

const MAX = { speed: Number.POSITIVE_INFINITY, symbols: undefined, json: false, digest: false, progress: false }

test('for people it prints each event with the best prices after it', async () => {
  const output = kept()
  expect(await replay([saved('people.ndjson', session(2))], MAX, output)).toBe(0)
  const lines = output.text().trimEnd().split('\n')
  expect(lines[0]).toMatch(/^UTC +market +kind/)
  expect(lines.some((line) => /snapshot +5\.00 +9\.00 +2 bids, 1 asks$/.test(line))).toBe(true)
  expect(lines.some((line) => /delta +5\.01 +9\.00 +bid 5\.01 1$/.test(line))).toBe(true)
})

test('the digest of a recording is the SHA-256 of its events as JSON, and any other frame makes another', async () => {
  const file = saved('digest.ndjson', session(20))
  const { out } = await sim('replay', file, '--json', '--speed', 'max')
  const sha = createHash('sha256').update(out).digest('hex')
  expect(await sim('replay', file, '--digest')).toEqual({ code: 0, out: `${sha}  ${file}\n`, err: '' })
  const other = saved('other.ndjson', [...session(19), frame(220, update(33))])
  const [digest] = (await sim('replay', other, '--digest')).out.split(' ')
  expect(digest).not.toBe(sha)
})

test('a recording that was cut off plays to its end, and says that it was', async () => {
  const whole = readFileSync(saved('whole.ndjson', session(10)), 'utf8')
  const file = saved('cut.ndjson', [])
  const { writeFileSync } = await import('node:fs')
  writeFileSync(file, whole.slice(0, -20))
  const { code, out, err } = await sim('replay', file, '--speed', 'max')
  expect([code, err]).toEqual([0, expect.stringContaining('the recording is cut off')])
  expect(out).toContain('bid 5.08 8')
  expect(out).not.toContain('bid 5.09 9')
})

test('only the symbols asked for are printed, and one the recording lacks is named with those it has', async () => {
  const file = saved('symbols.ndjson', session(2))
  expect((await sim('replay', file, '--speed', 'max', '--symbols', 'abc-usd')).out).toContain('snapshot')
  expect(await sim('replay', file, '--symbols', 'XYZ-USD')).toMatchObject({
    code: 2,
    err: 'depthcast-sim replay: the recording has no XYZ-USD: it holds coinbase:ABC-USD\n',
  })
})

test('served, a subscription is answered only once it was made, then comes what came then, verbatim', async () => {
  const bin = Buffer.from([0, 255, 7])
  const binary: CaptureRecord = {
    kind: 'frame',
    at: at(24),
    connection: 'coinbase',
    text: bin.toString('utf8'),
    bin: bin.toString('base64'),
  }
  const server = await served([LISTING, open(1), frame(2, 'hello  there'), SENT, ...session(3).slice(4), binary])
  const ear = await new Ear(server).opened()
  await ear.until(1)
  expect(ear.heard).toEqual(['hello  there'])
  // Were anything more to come by itself, it would come before the answer to this.
  await get(server, '/products')
  expect(ear.heard).toHaveLength(1)
  ear.socket.send('{"another":"subscription"}')
  await ear.until(7)
  expect(ear.heard.slice(1, 5)).toEqual([
    JSON.stringify(ACK),
    JSON.stringify(snapshot()),
    'ping tick 7',
    JSON.stringify(update(0)),
  ])
  expect(ear.heard.at(-1)).toEqual(bin)
})

test('served, REST is answered as it was: status, headers, body; what was never asked for is 404 and says what was', async () => {
  const limited: CaptureRecord = {
    kind: 'http',
    at: at(5),
    url: 'https://x/limited?a=1',
    status: 429,
    body: 'slow down',
    headers: { 'retry-after': '7', 'content-length': '999' },
  }
  const server = await served([...session(1), limited])
  const listing = await get(server, '/products')
  expect([listing.status, listing.headers.get('x-made-up')]).toEqual([200, 'yes'])
  expect(JSON.parse(listing.body)).toMatchObject([{ id: 'ABC-USD' }])
  const refused = await get(server, '/limited?a=1')
  expect([refused.status, refused.headers.get('retry-after'), refused.body]).toEqual([429, '7', 'slow down'])
  expect(await get(server, '/nowhere')).toMatchObject({ status: 404, body: expect.stringContaining('/products') })
})

test('served, of the replies for several symbols each request gets its own', async () => {
  const reply = (symbol: string): CaptureRecord => ({
    kind: 'http',
    at: at(3),
    url: `https://x/depth?symbol=${symbol}&limit=1000`,
    status: 200,
    body: symbol,
  })
  const server = await served([open(1), reply('AAA'), reply('BBB'), frame(2, 'x')])
  for (const symbol of ['BBB', 'AAA'])
    expect((await get(server, `/depth?limit=5000&symbol=${symbol}`)).body).toBe(symbol)
  // A book of another symbol would be worse than none.
  expect((await get(server, '/depth?limit=1000&symbol=CCC')).status).toBe(404)
})

test('served, a recorded close is a close with its code, and the next connection gets what came after it', async () => {
  const closed: CaptureRecord = { kind: 'closed', at: at(4), connection: 'coinbase', code: 1012, reason: 'restart' }
  const server = await served([open(1), frame(2, 'first'), closed, open(50), frame(51, 'second')])
  const first = new Ear(server)
  expect(await first.closed).toEqual([1012, 'restart'])
  const second = new Ear(server)
  expect(await second.closed).toEqual([1001, 'the recording is over'])
  expect([first.heard, second.heard]).toEqual([['first'], ['second']])
  await server.over
  const third = new Ear(server)
  expect(await third.closed).toEqual([1006, ''])
})

test('served in a loop it begins again', async () => {
  const server = await served([open(1), frame(2, 'all')], { loops: true })
  for (let round = 0; round < 3; round++) {
    const ear = new Ear(server)
    expect(await ear.closed).toEqual([1012, 'the recording begins again'])
    expect(ear.heard).toEqual(['all'])
  }
})

test('two sockets of one address are told apart by what the client says first', async () => {
  const sent = (connection: string): CaptureRecord => ({
    kind: 'sent',
    at: at(2),
    connection,
    text: `I want ${connection}`,
  })
  const server = await served([
    open(1, 'a'),
    open(1, 'b'),
    sent('a'),
    sent('b'),
    frame(3, 'for a', 'a'),
    frame(3, 'for b', 'b'),
  ])
  const [b, a] = await Promise.all([new Ear(server).opened(), new Ear(server).opened()])
  b.socket.send('I want b')
  a.socket.send('I want a')
  await Promise.all([a.until(1), b.until(1)])
  expect([a.heard, b.heard]).toEqual([['for a'], ['for b']])
})

test('an address without a recorded socket is refused with those there are', async () => {
  const server = await served(session(1))
  const ear = new Ear(server, '/elsewhere')
  const [, response] = await once(ear.socket, 'unexpected-response')
  expect(response.statusCode).toBe(404)
})

test('a port that is taken is one line that says what to do', async () => {
  const server = await served(session(1))
  const file = saved('port.ndjson', session(1))
  expect(await sim('replay', file, '--serve', 'ws', '--port', String(server.port))).toMatchObject({
    code: 2,
    err: `depthcast-sim replay: cannot serve the recording: port ${server.port} is taken: name another with --port\n`,
  })
})

test('a recorded roll is served as one: the second client goes on where the recorder did, and with it the recording ends', async () => {
  const sent = (connection: string): CaptureRecord => ({ kind: 'sent', at: at(2), connection, text: SUBSCRIBE })
  const final = {
    code: 1006,
    reason: '',
    by: 'us',
    why: 'another connection has taken its place',
    isFinal: true,
  } as const
  const server = await served(
    [
      open(1, 'coinbase'),
      sent('coinbase'),
      frame(3, 'of the first'),
      open(4, 'coinbase~2'),
      sent('coinbase~2'),
      frame(5, 'of the second', 'coinbase~2'),
      { kind: 'closed', at: at(60_000), connection: 'coinbase', ...final },
      frame(60_001, 'the last', 'coinbase~2'),
      { kind: 'closed', at: at(60_002), connection: 'coinbase~2', ...final },
    ],
    { speed: 1_000 },
  )
  const first = await new Ear(server).opened()
  first.socket.send(SUBSCRIBE)
  await first.until(1)
  const second = await new Ear(server).opened()
  second.socket.send(SUBSCRIBE)
  await second.until(1)
  first.socket.close()
  await first.closed
  expect(await second.closed).toEqual([1001, 'the recording is over'])
  expect([first.heard, second.heard]).toEqual([['of the first'], ['of the second', 'the last']])
  await server.over
})
