import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { io } from 'socket.io-client'
import { afterEach, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function start(args: readonly string[], nodeFlags: readonly string[] = []) {
  const child = spawn(process.execPath, [...nodeFlags, MAIN, ...args], {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString()
  })
  const exited = once(child, 'exit').then(([code]) => ({ code: code as number, ...said }))
  const ready = async (): Promise<string> => {
    while (!said.out.includes('\n')) await once(child.stdout, 'data')
    return /http:\S+/.exec(said.out)?.[0] ?? ''
  }
  return { child, said, exited, ready }
}

test.each([
  { name: 'a wrong flag', args: ['--prot', '1'], word: 'did you mean --port' },
  { name: 'a missing file', args: ['--feed', 'replay:/nowhere/capture.txt'], word: '/nowhere/capture.txt' },
  { name: 'a file that is no capture', args: ['--feed', `replay:${MAIN}`], word: 'main.ts' },
  { name: 'an address of another machine', args: ['--auth', 'none', '--host', '192.0.2.77'], word: '--host' },
  { name: 'a name that is no address', args: ['--auth', 'none', '--host', 'no..where'], word: 'no..where' },
  { name: 'an address that others reach, and no word on who may', args: ['--host', '0.0.0.0'], word: '--auth none' },
  { name: 'a file of keys that is not there', args: ['--auth', 'keys:/nowhere/keys'], word: '/nowhere/keys' },
  {
    name: 'printing a file of keys that is none',
    args: ['--print-config', '--auth', `keys:${MAIN}`],
    word: 'line 1: not JSON',
  },
  { name: 'a certificate that is none', args: ['--tls-cert', MAIN, '--tls-key', MAIN], word: '--tls-cert' },
  { name: 'printing a feed that cannot be', args: ['--print-config', '--feed', 'nope'], word: 'simulated, binance' },
])('$name is one line that names what is allowed, and exit code 2', async ({ args, word }) => {
  const { code, out, err } = await start(args).exited
  expect({ code, out, lines: err.trimEnd().split('\n').length }).toEqual({ code: 2, out: '', lines: 1 })
  expect(err).toContain(word)
})

test('what a bad recording holds is told without its control characters', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'depthcast-'))
  const file = join(folder, 'binary')
  writeFileSync(file, '\u001b[31m\u0000\u0007red\n')
  const { code, err } = await start(['--feed', `replay:${file}`]).exited
  rmSync(folder, { recursive: true })
  expect([code, err]).toEqual([2, expect.stringMatching(/^depthcast: \P{Cc}*red\n$/u)])
})

test('a new key is printed with the line that lets it in', async () => {
  const { code, out, err } = await start(['--new-key', 'desk']).exited
  const [, key = '', , line = ''] = out.split('\n')
  expect([code, err, key]).toEqual([0, '', expect.stringMatching(/^dc_[\w-]{43}$/)])
  expect(JSON.parse(line)).toMatchObject({ name: 'desk', sha256: createHash('sha256').update(key).digest('hex') })
})

test('a port in use is one line, and exit code 2', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const { code, err } = await start(['--port', String(port)]).exited
  taken.close()
  expect([code, err.trimEnd().split('\n').length, err]).toEqual([2, 1, expect.stringContaining(`port ${port}`)])
})

test('it says one line when it is ready, serves, and SIGTERM drains: clients are told, exit code 0', async () => {
  const gateway = start(['--port', '0', '--seed', '1'])
  const url = await gateway.ready()
  expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ live: true, ready: true })
  const client = io(url, { path: '/socket.io-json', transports: ['websocket'], reconnection: false, forceNew: true })
  await client.emitWithAck('subscribe', { channel: 'book', symbols: ['simulated:BTC-USD'] })
  const told = new Promise((resolve) => client.once('shutdown', resolve))
  gateway.child.kill('SIGTERM')
  expect(await told).toMatchObject({ reconnectInMs: expect.any(Number) })
  const { code, out, err } = await gateway.exited
  expect({ code, lines: out.trimEnd().split('\n').length, err }).toEqual({ code: 0, lines: 1, err: '' })
  expect(out).toMatch(/^Depthcast is ready: http:\/\/127\.0\.0\.1:\d+ {2}\(simulated: \d+ instruments\)\n$/)
  client.disconnect()
})

test.each([
  { name: 'where io_uring cannot be had it', when: 'auto', event: 'io-uring.absent' },
  { name: 'where it is not wanted it', when: 'off', event: undefined },
])('$name goes without, and says so', async ({ when, event }) => {
  const gateway = start(['--port', '0', '--io-uring', when, '--log-level', 'info'], WITHOUT_FFI)
  await gateway.ready()
  gateway.child.kill('SIGTERM')
  const { code, err } = await gateway.exited
  const events = err.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).msg as string]))
  expect([code, events.find((name) => name.startsWith('io-uring.'))]).toEqual([0, event])
})

test('io_uring that is asked for and cannot be had is one line that says why, and exit code 2', async () => {
  const { code, err } = await start(['--port', '0', '--io-uring', 'on'], WITHOUT_FFI).exited
  expect([code, err.trimEnd().split('\n').length, err]).toEqual([2, 1, expect.stringContaining('node:ffi')])
})

/** Node that cannot call into a library. */
const WITHOUT_FFI = ['--no-experimental-ffi']

test('a second signal ends it at once, whatever still hangs', async () => {
  const gateway = start(['--port', '0'])
  await gateway.ready()
  gateway.child.kill('SIGINT')
  gateway.child.kill('SIGINT')
  const { code } = await gateway.exited
  expect([0, 1]).toContain(code)
})
