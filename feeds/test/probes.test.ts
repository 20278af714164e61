import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { Harness, type Said } from './plain-venue.ts'

const TOLD: ReadonlySet<string> = new Set(['probe', 'probe-ended', 'closed'])

/** A link on its first socket, whose protocol has asked a question on a second one. */
async function asking(
  { withinMs = 10_000, url }: { withinMs?: number; url?: string } = {},
  ...options: Parameters<Harness['start']>
): Promise<Harness> {
  const harness = await new Harness().start(...options)
  await harness.until(() => harness.heard.length === 1)
  harness.say(0, question('q', url ?? `${harness.url}/probe`, withinMs))
  return harness
}

function question(id: string, url: string, withinMs: number): Said {
  return { say: 'output', output: { kind: 'probe', id, url, send: ['a', 'b'], withinMs } }
}

/** What the protocol was told of its questions. */
function told({ protocols }: Harness): unknown[] {
  return (protocols[0]?.inputs ?? []).flatMap((input) => {
    if (input.kind === 'probe') return [`${input.id} says ${input.text}`]
    if (input.kind === 'probe-ended') return [`${input.id} ended: ${input.reason}`]
    return TOLD.has(input.kind) ? [input.kind] : []
  })
}

test('a question is sent as its socket opens, answered, and its socket let go, untold', async () => {
  const harness = await asking()
  await harness.until(() => harness.heard.length === 3)
  expect(harness.heard).toEqual(['subscribe', 'a', 'b'])
  harness.sockets[1]?.send('the answer')
  harness.sockets[1]?.send('more')
  await harness.until(() => told(harness).length === 2)
  harness.say(0, { say: 'output', output: { kind: 'probe-done', id: 'q' } })
  await harness.until(() => harness.isClosed(1))
  harness.say(0, { say: 'trade', id: 1 })
  await harness.until(() => harness.trades.length === 1)
  expect(told(harness)).toEqual(['q says the answer', 'q says more'])
  expect(harness.isClosed(0)).toBe(false)
})

test('a question with the name of one that is open is asked on its socket, and has its own time', async () => {
  const harness = await asking({ withinMs: 1_000 })
  await harness.until(() => harness.heard.length === 3)
  harness.say(0, question('q', `${harness.url}/probe`, 1_500))
  await harness.until(() => harness.heard.length === 5)
  harness.sockets[1]?.send('the answer')
  await harness.until(() => told(harness).length === 2)
  expect(harness.heard).toEqual(['subscribe', 'a', 'b', 'a', 'b'])
  expect(harness.sockets.length).toBe(2)
  expect(told(harness)).toEqual(['q says the answer', 'q ended: no answer within 1500 ms'])
})

test('a question that is not answered in time ends, and its socket with it', async () => {
  const harness = await asking({ withinMs: 50 })
  await harness.until(() => told(harness).length === 1)
  // On a busy machine the time may be up before the socket is.
  await harness.until(() => harness.sockets.length < 2 || harness.isClosed(1))
  expect(told(harness)).toEqual(['q ended: no answer within 50 ms'])
})

test('a socket that is closed or refused ends its question, and nothing else', async () => {
  const harness = await asking()
  await harness.until(() => harness.heard.length === 3)
  harness.sockets[1]?.close(1008, 'enough')
  await harness.until(() => told(harness).length === 1)
  harness.say(0, question('r', 'ws://127.0.0.1:1', 10_000))
  await harness.until(() => told(harness).length === 2)
  expect(told(harness)).toEqual([
    'q ended: closed with code 1008, enough',
    expect.stringMatching(/^r ended: .*ECONNREFUSED/),
  ])
  expect(harness.link.health()).toMatchObject({ state: 'open', reconnects: 0 })
})

test('a question is a connection attempt like any other: where the venue allows no more, it ends at once', async () => {
  const harness = await asking({}, { connects: 1, perMs: 60_000 })
  await harness.until(() => told(harness).length === 1)
  expect(told(harness)).toEqual([expect.stringMatching(/^q ended: as many connections as the venue allows/)])
  expect(harness.sockets.length).toBe(1)
})

test('questions end with the connection they were asked beside, before it is told closed', async () => {
  const harness = await asking()
  await harness.until(() => harness.heard.length === 3)
  harness.sockets[0]?.close(1001)
  await harness.until(() => harness.isClosed(1) && told(harness).length === 2)
  expect(told(harness)).toEqual([
    expect.stringMatching(/^q ended: the connection it was asked beside is gone/),
    'closed',
  ])
})

test('a request refused as one too many holds all others back for as long as the venue says', async () => {
  const asked: number[] = []
  const server = createServer((_request, response) => {
    asked.push(performance.now())
    response.writeHead(asked.length === 1 ? 429 : 200, { 'retry-after': '1' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const harness = await new Harness().start()
  await harness.until(() => harness.heard.length === 1)
  const replies = () => (harness.protocols[0]?.inputs ?? []).filter(({ kind }) => kind === 'http').length
  const ask = (id: string): Said => ({
    say: 'output',
    output: { kind: 'http', request: { id, url: `http://127.0.0.1:${port}/${id}` } },
  })
  harness.say(0, ask('one'))
  await harness.until(() => replies() === 1)
  harness.say(0, ask('two'))
  await harness.until(() => replies() === 2)
  server.close()
  expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(1_000)
})
