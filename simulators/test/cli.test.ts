import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runProgram } from '../src/program.ts'
import { MAIN, sim } from './run.ts'

const SOCKET = 'wss://ws-feed.exchange.coinbase.com'
const RECORDING = [
  `${SOCKET} <-> 1612345678.0`,
  '1612345678.2: {"type":"snapshot","product_id":"BTC-USD","bids":[["100.00","1.0"]],"asks":[["101.00","2.0"]]}',
  '1612345678.4: {"type":"l2update","product_id":"BTC-USD","changes":[["buy","100.50","1.0"]],"time":"2021-02-03T09:47:58.400000Z"}',
]
const CROSSING =
  '1612345678.5: {"type":"l2update","product_id":"BTC-USD","changes":[["buy","102.00","1.0"]],"time":"2021-02-03T09:47:58.500000Z"}'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'depthcast-sim-'))
})
afterAll(() => rm(directory, { recursive: true }))

const COMMANDS = ['markets', 'serve', 'faults', 'facts', 'record', 'check', 'replay', 'import', 'clients', 'receipt']

/** What it says to these arguments, in this process. */
async function said(...args: readonly string[]): Promise<{ code: number; out: string; notes: readonly string[] }> {
  const out: string[] = []
  const notes: string[] = []
  const write = async (text: string) => void out.push(text)
  const ended = new AbortController().signal
  const code = await runProgram(args, { write, note: (line) => notes.push(line), ended })
  return { code, out: out.join(''), notes }
}

test('with no command it shows every command with what it is for, in a line, and examples', async () => {
  const { code, out } = await sim()
  expect(code).toBe(0)
  for (const name of [...COMMANDS, 'help']) expect(out).toMatch(new RegExp(`^  ${name} +[a-z].{10,60}$`, 'm'))
  expect(out).toContain('Exit code 0')
  expect(out).toContain('npm run sim -- markets')
})

test.each(['', ...COMMANDS])('every example in the help of %j is one that is taken', async (name) => {
  const { out } = await said(...(name === '' ? [] : [name]), '--help')
  const lines = out.slice(out.indexOf('Examples:')).split('\n').slice(1, -1)
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) {
    const [, quiet, words = ''] = /^ {2}npm run (-s )?sim -- ([^|]+?)(?: \| \S+ \S+)?$/.exec(line) ?? [line]
    // What a program reads must not begin with what npm says.
    expect([line, quiet !== undefined]).toEqual([line, /--json|\|/.test(line)])
    const args = words.split(' ')
    const { out: help } = await said(args[0] === 'help' ? args[1]! : args[0]!, '--help')
    for (const flag of args.filter((word) => word.startsWith('--'))) expect(help).toContain(`${flag} `)
    // Reads every value, and does nothing.
    expect(await said(...args, ...(args[0] === 'help' ? [] : ['--help']))).toMatchObject({ code: 0, notes: [] })
  }
})

test('the help of markets shows every flag and an example', async () => {
  for (const args of [
    ['markets', '--help'],
    ['help', 'markets'],
  ]) {
    const { code, out } = await sim(...args)
    expect(code).toBe(0)
    for (const flag of ['symbols', 'kinds', 'duration', 'speed', 'seed', 'rate', 'past', 'json'])
      expect(out).toContain(`--${flag}`)
    expect(out).toContain('npm run sim -- markets')
  }
})

test.each(['check', 'record', 'replay', 'import', 'clients', 'serve', 'facts', 'receipt'])(
  'the help of %s says the exit codes',
  async (name) => {
    const { code, out } = await said(name, '--help')
    expect(code).toBe(0)
    expect(out).toMatch(/^Exit code 1 .*, 2 when /m)
  },
)

test.each([
  { args: ['market'], says: "unknown command 'market', allowed are markets, serve, faults" },
  { args: ['help', 'market'], says: "unknown command 'market', allowed are markets, serve, faults" },
  { args: ['--seed', '1'], says: "unknown option '--seed', allowed are --help" },
  { args: ['markets', '--sed', '1'], says: "unknown option '--sed', allowed are --symbols, --kinds" },
  { args: ['markets', '--seed', '-1'], says: 'a whole number from 0 to 4294967295' },
  { args: ['markets', '--seed', '4294967296'], says: 'a whole number from 0 to 4294967295' },
  { args: ['markets', '--speed', '0'], says: 'a number from 0.01 to 10000, or max' },
  { args: ['markets', '--rate', 'fast'], says: 'a number from 0.01 to 1000' },
  { args: ['markets', '--duration', '10'], says: 'a time above 0 in ms, s, m or h' },
  { args: ['markets', '--duration', '0s'], says: 'a time above 0 in ms, s, m or h' },
  { args: ['markets', '--duration'], says: "argument missing: stop after so much of the markets' time, e.g. 500ms" },
  { args: ['markets', '--symbols', 'BTC-USD,FOO-USD'], says: 'BTC-USD, ETH-USD' },
  { args: ['markets', '--kinds', 'candles'], says: 'book, trades, ticker, status' },
  { args: ['check'], says: "missing required argument 'capture': recorded traffic, one file a recording" },
  { args: ['check', '--jsn', 'a'], says: "unknown option '--jsn', allowed are --json, --progress" },
  { args: ['record', 'krakn', '--out', 'x'], says: 'Allowed choices are binance, coinbase' },
  { args: ['record', 'coinbase'], says: "required option '--out <file>' not specified: where to, a new file" },
  { args: ['record', 'coinbase', '--out', 'x', '--symbols', 'BTCUSD'], says: 'symbols such as BTC-USD' },
  {
    args: ['record', 'coinbase', '--out', 'x', '--venue-url', 'here'],
    says: 'an origin such as http://127.0.0.1:9100',
  },
  { args: ['replay', 'x', '--serve', 'wss'], says: 'Allowed choices are ws' },
  { args: ['replay', 'x', '--port', '65536'], says: 'a whole number from 0 to 65535' },
  { args: ['replay', 'x', '--serve', 'ws', '--json'], says: "'--serve <how>' cannot be used with option '--json'" },
  { args: ['replay', 'x', '--loop'], says: '--loop goes with --serve ws' },
  { args: ['replay', '/nowhere.ndjson'], says: 'no such recording: /nowhere.ndjson' },
  { args: ['import', 'x'], says: "required option '--out <file>' not specified" },
  { args: ['clients', '--count', '0'], says: 'a whole number from 1 to 50000' },
  { args: ['clients', '--mix', 'books'], says: 'channels are book, trades, ticker, candles, status' },
  { args: ['clients', '--stalled', '5'], says: 'a share from 0% to 100%' },
  { args: ['clients', '--slow', '64'], says: 'a pace such as 64kbit' },
  { args: ['clients', '--churn', 'often'], says: 'a rate from 0/s to 1000/s' },
  { args: ['clients', '--door', 'front'], says: 'socketio, socketio-json, websocket, websocket-json, sse' },
  { args: ['clients', '--count'], says: 'argument missing: how many clients, 1 to 50000' },
  { args: ['clients', '--url', 'ftp://127.0.0.1'], says: 'is not http://host:port of a gateway' },
  { args: ['clients', '--url', 'https://127.0.0.1'], says: 'TLS is not spoken: go behind the proxy that ends it' },
  // A port that no HTTP client may use.
  { args: ['clients', '--url', 'http://127.0.0.1:1'], says: 'http://127.0.0.1:1 cannot be reached: bad port' },
  { args: ['serve', '--rate', '0'], says: 'a number from 0.01 to 1000' },
  { args: ['serve', '--symbols', 'BTC-BTC'], says: "'BTC-BTC' is not BASE-QUOTE" },
  { args: ['serve', '--fault', 'drop:p=2'], says: 'p is a chance above 0, at most 1, e.g. p=.001' },
  { args: ['serve', '--fault', 'drop:okx'], says: "'okx' is no venue of drop, allowed are kraken, binance, coinbase" },
  { args: ['serve', '--fault', 'drop:often=1'], says: "'often=1' is no setting, allowed are p=, after=, until=" },
  { args: ['serve', '--fault', 'wrong-checksum:binance'], says: 'no checksum on the wire), allowed are kraken' },
  { args: ['serve', '--fault', 'drop:symbol=FOO-USD'], says: 'drop of FOO-USD can never strike, served are BTC-USD' },
  {
    args: ['serve', '--venue', 'kraken', '--fault', 'drop:coinbase'],
    says: 'drop at coinbase can never strike, served are kraken',
  },
  { args: ['facts', '--preset', 'forex'], says: 'Allowed choices are equity, crypto' },
  { args: ['facts', '--model', 'random'], says: 'Allowed choices are hawkes, poisson' },
  { args: ['facts', '--symbol', 'BTCUSD'], says: "symbol 'BTCUSD' is not BASE-QUOTE" },
  { args: ['facts', '/nowhere.ndjson'], says: 'no such recording: /nowhere.ndjson' },
  { args: ['faults', 'drop'], says: 'Expected 0 arguments but got 1: drop' },
  { args: ['clients', '--url', 'http://192.0.2.1'], says: '192.0.2.1 is not this machine' },
  { args: ['markets', 'BTC-USD'], says: 'Expected 0 arguments but got 1: BTC-USD' },
])('$args is refused in one line that says: $says', async ({ args, says }) => {
  const { code, out, notes } = await said(...args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(notes).toEqual([expect.stringContaining(says)])
  expect(notes[0]).not.toContain('\n')
})

test('a refused command ends the process with 2, its line on stderr', async () => {
  const { code, out, err } = await sim('sell')
  expect([code, out]).toEqual([2, ''])
  expect(err).toMatch(/^depthcast-sim: unknown command 'sell', allowed are markets, serve, [a-z, ]+, help\n$/)
})

test.skipIf(!existsSync('/dev/full'))('a disk that is full ends it with 1 and a line that says so', async () => {
  const full = openSync('/dev/full', 'w')
  const child = spawn(process.execPath, [MAIN, 'markets', '--duration', '1s'], { stdio: ['ignore', full, 'pipe'] })
  closeSync(full)
  const closed = once(child, 'close')
  expect(await text(child.stderr!)).toMatch(/^depthcast-sim: cannot write its output: ENOSPC.*\n$/)
  expect(await closed).toEqual([1, null])
})

test.each([
  { name: 'that holds', lines: RECORDING, code: 0, says: 'passed' },
  { name: 'with a bid above the asks', lines: [...RECORDING, CROSSING], code: 1, says: 'FAILED' },
])('checking a recording $name exits with $code', async ({ lines, code, says }) => {
  const file = join(directory, `${code}.txt`)
  await writeFile(file, `${lines.join('\n')}\n`)
  expect(await sim('check', file)).toMatchObject({ code, out: expect.stringContaining(says), err: '' })
  const asJson = await sim('check', '--json', file)
  expect(asJson.code).toBe(code)
  expect(JSON.parse(asJson.out)).toMatchObject({ file, passed: code === 0, venues: ['coinbase'] })
})

test('a recording that is not there exits with 2 and names the file; the others are checked all the same', async () => {
  const file = join(directory, 'held.txt')
  await writeFile(file, `${RECORDING.join('\n')}\n`)
  const { code, out } = await sim('check', join(directory, 'nowhere.txt'), file)
  expect(code).toBe(2)
  expect(out).toMatch(/nowhere\.txt/)
  expect(out).toMatch(/held\.txt: passed/)
})
