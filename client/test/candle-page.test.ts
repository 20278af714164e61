import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Client, connect } from '../src/index.ts'

/** A client of a server that answers plain requests so. */
async function clientOf(answer: (url: string, response: ServerResponse) => void, token?: string): Promise<Client> {
  const server = createServer(({ url = '', headers }, response) => {
    answer(`${url} ${headers.authorization ?? 'nobody'}`, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect(`http://127.0.0.1:${port}/behind`, token === undefined ? {} : { token })
  onTestFinished(() => {
    client.close()
    server.closeAllConnections()
    server.close()
  })
  return client
}

test('a page is asked for by instrument, interval, time and number, with the token', async () => {
  const page = { instrument: 'a:B/C-D', interval: '5m', candles: [], more: true, next: 7 }
  const asked: string[] = []
  const client = await clientOf((url, response) => {
    if (url.includes('/v1/candles/')) asked.push(url)
    response.end(JSON.stringify(page))
  }, 'secret')
  expect(await client.candlePage('a:B/C-D', { interval: '5m', before: 1_700_000_000_000, limit: 3 })).toEqual(page)
  await client.candlePage('a:B/C-D')
  expect(asked).toEqual([
    '/behind/v1/candles/a%3AB%2FC-D?interval=5m&before=1700000000000&limit=3 Bearer secret',
    '/behind/v1/candles/a%3AB%2FC-D Bearer secret',
  ])
})

test.each([
  {
    name: 'that says when to come back',
    status: 502,
    headers: { 'retry-after': '8' },
    body: '{"code":502,"slug":"history-unavailable","message":"not now"}',
    error: { code: 502, slug: 'history-unavailable', message: 'not now', retryAfterMs: 8_000 },
  },
  {
    name: 'for good',
    status: 422,
    headers: {},
    body: '{"code":422,"slug":"unsupported","message":"limit must be"}',
    error: { code: 422, slug: 'unsupported', retryAfterMs: undefined },
  },
  { name: 'of a proxy', status: 502, headers: {}, body: '{}', error: { code: 0, slug: 'http' } },
  { name: 'that is no JSON', status: 502, headers: {}, body: '<html>', error: { code: 0, slug: 'http' } },
])('a refusal $name is an error with its code', async ({ status, headers, body, error }) => {
  const client = await clientOf((_url, response) => response.writeHead(status, headers).end(body))
  await expect(client.candlePage('a:B-C')).rejects.toMatchObject(error)
})
