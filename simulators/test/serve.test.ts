import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { FAULTS } from '../src/faults/table.ts'
import { sim, spawned } from './run.ts'

const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

/** The program once it serves, and what it said by then. */
async function serving(...args: readonly string[]) {
  const child = spawned('serve', '--port', '0', ...args)
  running.push(child)
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('Ctrl-C ends it.')) resolve()
    })
    child.on('exit', (code) => reject(new Error(`it ended with ${code}`)))
  })
  return { child, said, origin: /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '' }
}

test('it says how to connect, answers there, and Ctrl-C ends it clean with a client on the line', async () => {
  const { child, said, origin } = await serving('--venue', 'kraken', '--symbols', 'btc-usd,FOO-EUR')
  expect(said).toContain('BTC-USD, FOO-EUR, crypto, seed 7')
  expect(said).toContain(`npm start -- --feed kraken --venue-url ${origin} --symbols BTC-USD,FOO-EUR`)
  expect(said).toContain(`kraken    ${origin.replace('http', 'ws')}/v2 · REST ${origin}/0/public/`)
  expect(said).toContain(`curl '${origin}/oracle/BTC-USD?depth=5'`)
  expect((await fetch(`${origin}/0/public/Time`)).status).toBe(200)
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/v2`)
  await once(socket, 'message')
  child.removeAllListeners('exit')
  const [err, exit] = [text(child.stderr), once(child, 'exit')]
  child.kill('SIGINT')
  expect(await exit).toEqual([0, null])
  expect(await err).toMatch(/^served [\d,]+ frames of [\d,]+ order events in \d+\.\d s\n$/)
})

test('what struck is listed at the end, as it is at /faults', async () => {
  const { child, origin } = await serving('--venue', 'kraken', '--fault', 'close-1012', '--fault', 'connect-limited')
  const refused = new WebSocket(`${origin.replace('http', 'ws')}/v2`)
  await once(refused, 'error')
  const struck = (await (await fetch(`${origin}/faults`)).json()) as { fault: string; count: number }[]
  expect(struck).toMatchObject([{ fault: 'connect-limited', venue: 'kraken', count: 1 }])
  child.removeAllListeners('exit')
  const [err, exit] = [text(child.stderr), once(child, 'exit')]
  child.kill('SIGINT')
  expect(await exit).toEqual([0, null])
  expect(await err).toMatch(/^fault +venue +market +struck +first\nconnect-limited +kraken +1 +\d+\.\d s\n/m)
})

test('a venue that was not asked for is not there, a fault that was asked for is named', async () => {
  const { said, origin } = await serving(
    '--venue',
    'coinbase',
    '--fault',
    'close-1012',
    '--fault',
    'drop:coinbase:p=.1:after=10s',
  )
  expect(said).toContain('Faults: close-1012 once, drop at coinbase with p=0.1 after 10 s')
  expect((await fetch(`${origin}/0/public/Time`)).status).toBe(404)
  expect((await fetch(`${origin}/products`)).status).toBe(200)
})

test('a port that is taken ends it with 1 and a line that names it', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const { code, out, err } = await sim('serve', '--port', String(port))
  other.close()
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toMatch(
    new RegExp(`^depthcast-sim serve: cannot listen on 127\\.0\\.0\\.1:${port}: .* another --port.*\\n$`),
  )
})

test.each([
  { args: ['--venue', 'okx'], says: 'kraken, binance, coinbase' },
  { args: ['--port', '70000'], says: 'a whole number from 0 to 65535' },
  { args: ['--symbols', 'BTC'], says: 'BASE-QUOTE' },
  { args: ['--preset', 'forex'], says: 'crypto, equity' },
  { args: ['--scenario', 'doom'], says: 'flash-crash' },
  { args: ['--fault', 'drip'], says: 'allowed are drop,' },
])('serve $args is refused with 2 in a line that says: $says', async ({ args, says }) => {
  const { code, out, err } = await sim('serve', ...args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(says)
  expect(err.trim()).not.toContain('\n')
})

test('faults lists every fault with what must notice it, for people and for programs', async () => {
  const people = await sim('faults')
  const programs = await sim('faults', '--json')
  expect(people.code).toBe(0)
  for (const { name, does } of FAULTS) expect(people.out).toContain(`${name.padEnd(20)}${does}`)
  expect(people.out).toContain("the venue's checksum is not the book's")
  const rows = programs.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string })
  expect(rows.map(({ name }) => name)).toEqual(FAULTS.map(({ name }) => name))
})
