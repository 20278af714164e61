import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { request, retryAfter } from '../src/http.ts'

test.each([
  { header: null, want: undefined },
  { header: '7', want: 7_000 },
  { header: 'Tue, 14 Nov 2023 22:13:30 GMT', want: 10_000 },
  { header: 'Tue, 14 Nov 2023 22:00:00 GMT', want: 1_000 },
  { header: '0', want: 1_000 },
  { header: 'soon', want: undefined },
])('Retry-After $header is $want ms', ({ header, want }) => {
  expect(retryAfter(header, Date.parse('2023-11-14T22:13:20Z'))).toBe(want)
})

test('a request nobody answers is a reply with status 0 that says why', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const reply = await request({ id: 'x', url: `http://127.0.0.1:${port}/y` }, new AbortController().signal)
  expect(reply).toMatchObject({ id: 'x', status: 0, body: expect.stringContaining('ECONNREFUSED') })
})
