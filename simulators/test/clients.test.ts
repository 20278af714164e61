import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openFeeds } from '@depthcast/feeds'
import { checksum } from '@depthcast/market'
import { createApp, createLog, loadConfig } from '@depthcast/server'
import { afterEach, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { clients, type LoadOptions } from '../src/clients/clients.ts'
import { DOOR_NAMES } from '../src/clients/doors.ts'
import { mix } from '../src/clients/mix.ts'
import { inWords, type LoadReport } from '../src/clients/report.ts'
import { kept } from './recorded.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A whole gateway on the simulated market. */
async function gateway(args: readonly string[] = []): Promise<string> {
  const feed = await openFeeds('simulated', { seed: 7 })
  const config = loadConfig(['--port', '0', '--log-level', 'silent', ...args])
  const app = createApp(config, { feed, log: createLog('silent') })
  const { url } = await app.listen()
  closing.push(() => app.close())
  return url
}

type Say = (message: unknown) => void

/** A gateway that says what the test wants: its WebSocket door in JSON, one instrument. */
async function pretender(
  onSubscribed: (say: Say, socket: WebSocket) => void,
  hello: (say: Say) => void = (say) => say(['welcome', { node: 'n', limits: { windowBytes: 32_768 } }]),
): Promise<string> {
  const server = createServer((_request, response) => response.end('[{"id":"fake:ABC-USD"}]'))
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => {
    const say: Say = (message) => socket.send(JSON.stringify(message))
    socket.on('message', (message) => {
      const [name, , id] = JSON.parse(String(message))
      if (name === 'hello') hello(say)
      if (name !== 'subscribe') return
      const granted = { sub: 1, symbol: 'fake:ABC-USD', tick: '0.01', lot: '0.1', granted: {} }
      say(['reply', { results: [granted] }, id])
      onSubscribed(say, socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    for (const socket of sockets.clients) socket.terminate()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const MIX = 'book:25@100ms,trades,ticker,candles:1s,status'

function options(url: string, more: Partial<LoadOptions> = {}): LoadOptions {
  const text = MIX
  return {
    ...{ url, count: 20, mix: { text, parts: mix(text) }, symbols: undefined, door: 'socketio', duration: 1_000_000 },
    ...{ stalled: 0, slow: undefined, churn: 0, verify: 'auto', token: undefined },
    ...{ remote: false, json: true, progress: false },
    ...more,
  }
}

async function run(
  given: LoadOptions,
): Promise<{ readonly code: number; readonly report: LoadReport; readonly notes: readonly string[] }> {
  const output = kept()
  const code = await clients(given, output)
  return { code, report: JSON.parse(output.text()), notes: output.notes }
}

test.each(DOOR_NAMES)(
  'through the door %s every client gets its books, each message verified and timed',
  async (door) => {
    const { code, report } = await run(options(await gateway(), { door }))
    expect([code, report.passed, report.complaint]).toEqual([0, true, null])
    expect(report.clients).toEqual({ asked: 20, connected: 20, verified: 20, churned: 0 })
    expect(report.checked).toBeGreaterThan(20)
    expect(report).toMatchObject({ chainBreaks: 0, checksumFailures: 0, malformed: 0, closed: {}, refused: {} })
    const { gateway: ofGateway, exchange } = report.latencyMs
    expect(ofGateway?.p50).toBeGreaterThan(0)
    expect(ofGateway?.p50).toBeLessThanOrEqual(ofGateway?.p999 ?? 0)
    // What is in a message happened before the message was made.
    expect(exchange?.p50).toBeGreaterThan(ofGateway?.p50 ?? Number.NaN)
  },
)

const WHOLE = { sub: 1, epoch: 1, seq: 1, serverTime: 100, bids: [['0.99', '0.5']], asks: [['1.01', '0.7']] }
const GOOD = { ...WHOLE, checksum: checksum([99, 5], [101, 7]) }
const NEXT = { sub: 1, epoch: 1, seq: 2, prev: 1, merged: 1, serverTime: 200, bids: [['0.99', '0.9']], asks: [] }
const UPDATE = { ...NEXT, checksum: checksum([99, 9], [101, 7]) }

const GAP = { sub: 1, reason: 'sequence', from: 1, next: 'snapshot' }

test.each([
  {
    name: 'a level that is not what was published',
    says: [['update', { ...UPDATE, bids: [['0.99', '0.8']] }]],
    found: 'checksumFailures',
  },
  { name: 'an update that was left out', says: [['update', { ...UPDATE, prev: 2, seq: 3 }]], found: 'chainBreaks' },
  { name: 'an update that comes twice', says: [['update', { ...UPDATE, prev: 0 }]], found: 'chainBreaks' },
  { name: 'an update of another epoch', says: [['update', { ...UPDATE, epoch: 2 }]], found: 'chainBreaks' },
  { name: 'a message without its checksum', says: [['update', NEXT]], found: 'checksumFailures' },
  {
    name: 'a price off the grid',
    says: [['update', { ...UPDATE, bids: [['0.999', '0.9']] }]],
    found: 'malformed',
  },
  {
    name: 'what others hold right, to who holds something else',
    says: [
      ['snapshot', { ...WHOLE, bids: [['0.98', '0.5']], checksum: checksum([98, 5], [101, 7]) }],
      ['update', UPDATE],
    ],
    found: 'checksumFailures',
  },
  {
    name: 'an update that goes on after a gap',
    says: [
      ['gap', GAP],
      ['update', UPDATE],
    ],
    found: 'chainBreaks',
  },
  {
    name: 'an update of a view that was moved',
    says: [
      ['config', { sub: 2, was: 1, granted: {}, why: 'slow' }],
      ['update', UPDATE],
    ],
    found: 'chainBreaks',
  },
])('$name is a wrong book: exit code 1, and what it was', async ({ says, found }) => {
  // Only the second client is told wrong: that the others hold what is right must not hide it, nor count against them.
  let client = 0
  const url = await pretender((say) => {
    say(['snapshot', GOOD])
    for (const message of ++client === 2 ? says : [['update', UPDATE]]) say(message)
  })
  const { code, report } = await run(options(url, { door: 'websocket-json', count: 3, duration: 300_000 }))
  expect([code, report.passed]).toEqual([1, false])
  const { chainBreaks, checksumFailures, malformed } = report
  const none = { chainBreaks: 0, checksumFailures: 0, malformed: 0 }
  expect({ chainBreaks, checksumFailures, malformed }).toEqual({ ...none, [found]: 1 })
  expect(report.complaint).toMatch(/^update /)
})

test('a gap that is told is no broken chain, and a view that moved goes on under its new number', async () => {
  const url = await pretender((say) => {
    say(['snapshot', GOOD])
    say(['gap', { sub: 1, reason: 'sequence', from: 1, lost: 3, next: 'snapshot' }])
    say(['snapshot', { ...GOOD, epoch: 2, seq: 9 }])
    say(['update', { ...UPDATE, epoch: 2, seq: 10, prev: 9 }])
    say(['config', { sub: 1, was: 1, granted: {}, why: 'slow' }])
    say(['snapshot', { ...GOOD, epoch: 3, seq: 1 }])
    say(['update', { ...UPDATE, epoch: 3 }])
  })
  const { code, report } = await run(options(url, { door: 'websocket-json', count: 3, duration: 300_000 }))
  expect([code, report.complaint]).toEqual([0, null])
})

test('what was received is confirmed as it comes, and never more than was sent', async () => {
  const confirmed: number[] = []
  let sent = 1
  let wake = () => {}
  const url = await pretender((say, socket) => {
    socket.on('message', (message) => {
      const [name, body] = JSON.parse(String(message))
      if (name !== 'ack') return
      expect(body.n).toBeLessThanOrEqual(sent)
      confirmed.push(body.n)
      wake()
    })
    for (; sent <= 100; sent++) say(['snapshot', GOOD])
  })
  const running = run(options(url, { door: 'websocket-json', count: 1, duration: 300_000 }))
  while (confirmed.length < 2)
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  expect(confirmed).toEqual(confirmed.toSorted((a, b) => a - b))
  expect((await running).report).toMatchObject({ passed: true, closed: {} })
})

test('clients that leave make room for others, and are not counted as lost', async () => {
  const { code, report } = await run(options(await gateway(), { churn: 20 }))
  expect(code).toBe(0)
  expect(report.clients.churned).toBeGreaterThan(5)
  expect(report.closed).toEqual({})
})

test('clients that read nothing, or little, leave the books of the others right and their latencies out', async () => {
  const slow = { share: 0.5, bitsPerSecond: 64_000 }
  const { code, report } = await run(options(await gateway(), { stalled: 0.5, slow }))
  expect([code, report.complaint]).toEqual([0, null])
  expect(report.clients.connected).toBe(20)
  expect(report.latencyMs).toEqual({ gateway: null, exchange: null })
})

test.each([
  { pace: 'full', slow: undefined, timed: true },
  { pace: 'slow', slow: { share: 1, bitsPerSecond: 1e6 }, timed: false },
])('messages read at $pace pace are verified; timed: $timed', async ({ slow, timed }) => {
  const url = await pretender((say, socket) => {
    say(['snapshot', GOOD])
    let seq = 1
    const more = setInterval(() => say(['update', { ...UPDATE, prev: seq, seq: ++seq }]), 10)
    socket.on('close', () => clearInterval(more))
  })
  const { code, report } = await run(options(url, { door: 'websocket-json', count: 2, duration: 300_000, slow }))
  expect([code, report.complaint]).toEqual([0, null])
  expect(report.checked).toBeGreaterThan(2)
  expect(report.latencyMs.gateway !== null).toBe(timed)
})

test('connections that end by themselves are told by their code', async () => {
  const url = await pretender((_say, socket) => socket.close(4107, 'too slow'))
  const { code, report } = await run(options(url, { door: 'websocket-json', count: 3, duration: 300_000 }))
  expect(report).toMatchObject({ closed: { 4107: 3 }, clients: { connected: 0 }, complaint: null, passed: false })
  expect(inWords(report)[0]).toMatch(/: FAILED: no connection is left, 3 were lost$/)
  expect(code).toBe(1)
})

test('only the share asked for is verified', async () => {
  const { report } = await run(options(await gateway(), { verify: 0.25, symbols: ['btc-usd'] }))
  expect(report.clients).toMatchObject({ connected: 20, verified: 5 })
  expect(report.symbols).toEqual(['simulated:BTC-USD'])
  expect(report.checked).toBeLessThan(report.messages / 2)
})

test('what each kind of client counts is told by itself, and by channel, and adds up', async () => {
  const slow = { share: 0.2, bitsPerSecond: 64_000 }
  const { report } = await run(options(await gateway(), { stalled: 0.2, slow, duration: 2_000_000 }))
  expect(report.kinds.map(({ kind, connected }) => [kind, connected])).toEqual([
    ['healthy', 12],
    ['slow', 4],
    ['stalled', 4],
  ])
  const [healthy, , stalled] = report.kinds
  expect(healthy?.channels.map(({ channel }) => channel)).toEqual(MIX.split(','))
  const [books, , tickers, candles] = healthy?.channels ?? []
  for (const channel of [books, tickers, candles]) expect(channel?.messages).toBeGreaterThan(5)
  expect(healthy?.channels[0]?.latencyMs?.p50).toBeGreaterThan(0)
  expect(healthy?.latencyMs).toEqual(report.latencyMs.gateway)
  for (const { messages, payloadBytes, channels } of report.kinds) {
    const sum = (of: 'messages' | 'payloadBytes') => channels.reduce((total, one) => total + one[of], 0)
    // The rest are heartbeats.
    expect(sum('messages')).toBeLessThanOrEqual(messages)
    expect(sum('payloadBytes')).toBeLessThanOrEqual(payloadBytes)
  }
  expect(report.kinds.reduce((sum, { messages }) => sum + messages, 0)).toBe(report.messages)
  expect(stalled).toMatchObject({ messages: 0, latencyMs: null })
  // Who reads nothing falls behind by all the time there is.
  expect(stalled?.lagMs?.p50).toBeGreaterThan(2000)
  expect(healthy?.lagMs?.p50).toBeLessThan(2000)
})

test('a wrong book is told for the kind of client and the channel it struck, and so is a gap', async () => {
  let client = 0
  const url = await pretender((say) => {
    say(['snapshot', GOOD])
    if (++client === 1) say(['update', { ...UPDATE, checksum: 1 }])
    // Once all are connected: what was told before is not counted.
    if (client === 4) setTimeout(() => say(['gap', GAP]), 50)
  })
  const slow = { share: 0.5, bitsPerSecond: 1e6 }
  const mix_ = { text: 'book', parts: mix('book') }
  const { report } = await run(options(url, { door: 'websocket-json', count: 4, duration: 300_000, slow, mix: mix_ }))
  const [healthy, slower] = report.kinds
  expect(healthy).toMatchObject({ kind: 'healthy', checksumFailures: 0, channels: [{ checksumFailures: 0 }] })
  expect(slower).toMatchObject({
    kind: 'slow',
    checksumFailures: 1,
    channels: [{ channel: 'book', checksumFailures: 1 }],
  })
  expect(report.gaps).toBe(1)
  for (const { gaps, channels } of report.kinds) expect(channels[0]?.gaps).toBe(gaps)
})

test('a client that stalls does not notice that it was cut; the report does', async () => {
  const url = await pretender((_say, socket) => {
    // Not in one piece with the reply.
    setTimeout(() => socket.close(4107, 'too slow'), 50)
  })
  const { report } = await run(options(url, { door: 'websocket-json', count: 2, duration: 300_000, stalled: 0.5 }))
  expect(report.closed).toEqual({ 4107: 2 })
  expect(report.kinds.find(({ kind }) => kind === 'stalled')).toMatchObject({ connected: 0, messages: 0 })
})

test('on a terminal a table is drawn over and over, and goes when the report comes', async () => {
  const drawn: string[] = []
  const output = { ...kept(), status: (text: string) => void drawn.push(text) }
  const given = options(await gateway(), { count: 4, stalled: 0.25, duration: 2_300_000, json: true })
  expect(await clients(given, output)).toBe(0)
  expect(JSON.parse(output.text())).toMatchObject({ passed: true })
  const tables = drawn.filter((text) => text.includes('healthy'))
  expect(tables.length).toBeGreaterThanOrEqual(1)
  const [first = ''] = tables
  expect(first).toMatch(/^http:\/\/127\.0\.0\.1:\d+, [1-9] of 2\.3 s, 4 of 4 clients: every book right\n/)
  for (const name of ['healthy', ...MIX.split(',').map((channel) => `  ${channel}`), 'stalled']) {
    expect(first).toMatch(new RegExp(`^${name.replaceAll('+', '.')} +\\d`, 'm'))
  }
  for (const name of ['clients', 'msg/s', 'bytes/s', 'p50', 'p99.9', 'lag', 'gaps', 'checksum', 'own CPU']) {
    expect(first).toContain(name)
  }
  expect(drawn.at(-1)).toBe('')
  expect(output.notes).toEqual([])
})

test('where nothing can be drawn over it is a line now and then, beside the report', async () => {
  const output = kept()
  await clients(options(await gateway(), { count: 4, duration: 1_300_000, progress: true }), output)
  const lines = output.notes.filter((line) => line.includes('msg/s'))
  expect(lines.length).toBeGreaterThanOrEqual(1)
  for (const line of lines) {
    expect(line).toMatch(
      /^[1-9] of 1\.3 s: every book right · 4 of 4 clients · 0 gaps · [\d,]+ msg\/s · .*gateway to client p50 .* · own CPU \d+ %$/,
    )
  }
  expect(JSON.parse(output.text())).toMatchObject({ passed: true })
})

test('for people it is a table with the verdict first', async () => {
  const output = kept()
  expect(await clients(options(await gateway(), { count: 2, duration: 300_000, json: false }), output)).toBe(0)
  const lines = output.text().trimEnd().split('\n')
  expect(lines[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+, 0\.\d s: every book right$/)
  for (const name of ['gateway to client', 'gaps told', 'chain breaks', 'checksum failures', 'own CPU']) {
    expect(lines.some((line) => line.startsWith(`  ${name} `))).toBe(true)
  }
})

test.each([
  {
    name: 'nothing listens',
    url: async () => 'http://127.0.0.1:59999',
    says: 'nothing listens at http://127.0.0.1:59999: start a gateway with npm start',
  },
  { name: 'the address is elsewhere', url: async () => 'http://192.0.2.1:8080', says: '192.0.2.1 is not this machine' },
  { name: 'the address is none', url: async () => 'localhost:8080', says: 'is not http://host:port of a gateway' },
  {
    name: 'a symbol is not listed',
    url: gateway,
    more: { symbols: ['FOO-USD'] },
    says: 'the gateway has no FOO-USD: it lists simulated:',
  },
  {
    name: 'the gateway speaks another version',
    url: () =>
      pretender(
        () => {},
        (say) =>
          say([
            'error',
            { code: 426, slug: 'protocol-version', message: 'this server speaks protocol 2', re: 'hello' },
          ]),
      ),
    more: { door: 'websocket-json' as const },
    says: "this server speaks protocol 2 (426): use the depthcast-sim of the gateway's version",
  },
  {
    name: 'the gateway takes no more',
    url: () => gateway(['--max-connections', '5']),
    says: 'some clients did not get in: ',
  },
])('where $name it says so, and what to do', async ({ url, more, says }) => {
  const output = kept()
  const run = clients(options(await url(), more), output).then((code) => `exit code ${code}: ${output.notes.join()}`)
  expect(await run.catch((error: Error) => error.message)).toContain(says)
})
