import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Running, startGateway } from './fakes/running.ts'

let gateway: Running
let folder: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'depthcast-'))
  gateway = await startGateway({ webDir: folder })
})
afterEach(async () => {
  await gateway.close()
  rmSync(folder, { recursive: true })
})

async function get(path: string, init?: RequestInit): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(gateway.url + path, init)
  return { status: response.status, body: await response.text(), headers: response.headers }
}

test('without a build the page says how to make one, and with one it is served compressed, cached and fenced in', async () => {
  expect(await get('/')).toMatchObject({ status: 503, body: expect.stringContaining('npm run build') })
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Depthcast</title>')
  writeFileSync(join(folder, 'assets', 'app-1a2b.js'), 'export {}')
  writeFileSync(join(folder, 'assets', 'app-1a2b.js.br'), brotliCompressSync('export {}'))
  const page = await get('/')
  expect(page).toMatchObject({ status: 200, body: expect.stringContaining('<title>Depthcast') })
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(page.headers.get('cache-control')).toBe('no-cache')
  const script = await get('/assets/app-1a2b.js', { headers: { 'accept-encoding': 'br' } })
  expect(script.body).toBe('export {}')
  expect([script.headers.get('content-encoding'), script.headers.get('cache-control')]).toEqual([
    'br',
    'public, max-age=31536000, immutable',
  ])
  expect((await get('/../package.json')).status).toBe(404)
  expect((await get('/%2e%2e/package.json')).status).toBe(404)
})

/** A build in the gateway's folder; `mark` is in all of its files. */
function build(mark: string): void {
  mkdirSync(join(folder, 'assets'), { recursive: true })
  const script = `export const mark = '${mark}'`
  writeFileSync(join(folder, `assets/app-${mark}.js`), script)
  writeFileSync(join(folder, `assets/app-${mark}.js.br`), brotliCompressSync(script))
  writeFileSync(join(folder, `assets/app-${mark}.js.gz`), gzipSync(script))
  writeFileSync(join(folder, 'index.html'), `<!doctype html><title>${mark}</title>`)
  writeFileSync(join(folder, '.built-from'), mark)
}

test('a new build is served at once, pages of the one before still find their parts, and a vanished folder takes nothing away', async () => {
  build('one')
  expect((await get('/')).body).toContain('one')
  rmSync(folder, { recursive: true })
  expect([(await get('/')).status, (await get('/assets/app-one.js')).status]).toEqual([200, 200])
  mkdirSync(folder)
  build('number-two')
  expect((await get('/')).body).toContain('number-two')
  expect([(await get('/assets/app-number-two.js')).status, (await get('/assets/app-one.js')).status]).toEqual([
    200, 200,
  ])
})

test.each(['bytes=10-5', 'bytes=99999-', 'bytes=-0', 'bytes=a-b', 'lines=1'])(
  'the range %s is answered whole',
  async (range) => {
    build('one')
    expect(await get('/', { headers: { range } })).toMatchObject({ status: 200, body: expect.stringContaining('one') })
    expect((await get('/healthz')).status).toBe(200)
  },
)

test.each([
  ['br, gzip', 'br'],
  ['gzip, deflate', 'gzip'],
  ['br;q=0, gzip;q=0.5', 'gzip'],
  ['identity', null],
])('who reads %s gets %s, and 304 for the same bytes again', async (accepted, encoding) => {
  build('one')
  const headers = { 'accept-encoding': accepted }
  const first = await get('/assets/app-one.js', { headers })
  expect([first.headers.get('content-encoding'), first.body]).toEqual([encoding, "export const mark = 'one'"])
  const etag = first.headers.get('etag') ?? ''
  const again = await get('/assets/app-one.js', { headers: { ...headers, 'if-none-match': `"other", W/${etag}` } })
  expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', etag])
})

test('a HEAD has the headers of the GET and no body, and what begins with a dot is not there', async () => {
  build('one')
  const [whole, head] = [await get('/'), await get('/', { method: 'HEAD' })]
  expect([head.status, head.body, head.headers.get('content-type')]).toEqual([200, '', 'text/html; charset=utf-8'])
  expect(head.headers.get('content-length')).toBe(String(String(whole.body).length))
  expect((await get('/.built-from')).status).toBe(404)
})

test('a file of the page can be read and nothing else: another method is told so, and what is not there is not', async () => {
  build('one')
  for (const path of ['/', '/assets/app-one.js']) {
    const { status, headers } = await get(path, { method: 'POST', body: 'x' })
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  }
  expect((await get('/assets/app-two.js', { method: 'POST' })).status).toBe(404)
})

test.each([
  ['*', 304],
  ['"another"', 200],
  ['', 200],
])('who says that it holds %s of a file gets %i', async (held, status) => {
  build('one')
  expect((await get('/assets/app-one.js', { headers: { 'if-none-match': held } })).status).toBe(status)
})
