import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runProgram } from '../src/program.ts'
import { sim } from './run.ts'

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

test('with no command it shows every command and an example', async () => {
  const { code, out } = await sim()
  expect(code).toBe(0)
  expect(out).toContain('markets [options]')
  expect(out).toContain('check [options] <capture...>')
  expect(out).toContain('npm run sim -- markets')
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

test.each(['check', 'record', 'replay', 'import', 'clients'])(
  'the help of %s says the exit codes and has examples',
  async (name) => {
    const out: string[] = []
    const write = async (text: string) => void out.push(text)
    expect(await runProgram([name, '--help'], { write, note: () => {}, ended: new AbortController().signal })).toBe(0)
    expect(out.join('')).toContain('Exit code 1')
    expect(out.join('')).toContain(`npm run sim -- ${name} `)
  },
)

test.each([
  { args: ['market'], says: "unknown command 'market', allowed are markets, check" },
  { args: ['--seed', '1'], says: "unknown option '--seed', allowed are --help" },
  { args: ['markets', '--sed', '1'], says: "unknown option '--sed', allowed are --symbols, --kinds" },
  { args: ['markets', '--seed', '-1'], says: 'a whole number from 0 to 4294967295' },
  { args: ['markets', '--seed', '4294967296'], says: 'a whole number from 0 to 4294967295' },
  { args: ['markets', '--speed', '0'], says: 'a number from 0.01 to 10000, or max' },
  { args: ['markets', '--rate', 'fast'], says: 'a number from 0.01 to 1000' },
  { args: ['markets', '--duration', '10'], says: 'a time above 0 in ms, s, m or h' },
  { args: ['markets', '--duration', '0s'], says: 'a time above 0 in ms, s, m or h' },
  { args: ['markets', '--duration'], says: 'argument missing' },
  { args: ['markets', '--symbols', 'BTC-USD,FOO-USD'], says: 'BTC-USD, ETH-USD' },
  { args: ['markets', '--kinds', 'candles'], says: 'book, trades, ticker, status' },
  { args: ['check'], says: "missing required argument 'capture'" },
  { args: ['check', '--jsn', 'a'], says: "unknown option '--jsn', allowed are --json" },
  { args: ['record', 'krakn', '--out', 'x'], says: 'Allowed choices are binance, coinbase' },
  { args: ['record', 'coinbase'], says: "required option '--out <file>' not specified" },
  { args: ['record', 'coinbase', '--out', 'x', '--symbols', 'BTCUSD'], says: 'symbols such as BTC-USD' },
  {
    args: ['record', 'coinbase', '--out', 'x', '--venue-url', 'here'],
    says: 'an origin such as http://127.0.0.1:9100',
  },
  { args: ['replay', 'x', '--serve', 'wss'], says: 'Allowed choices are ws' },
  { args: ['replay', 'x', '--port', '65536'], says: 'a whole number from 0 to 65535' },
  { args: ['replay', '/nowhere.ndjson'], says: 'no such recording: /nowhere.ndjson' },
  { args: ['import', 'x'], says: "required option '--out <file>' not specified" },
  { args: ['clients', '--count', '0'], says: 'a whole number from 1 to 50000' },
  { args: ['clients', '--mix', 'books'], says: 'channels are book, trades, ticker, candles, status' },
  { args: ['clients', '--stalled', '5'], says: 'a share from 0% to 100%' },
  { args: ['clients', '--slow', '64'], says: 'a pace such as 64kbit' },
  { args: ['clients', '--churn', 'often'], says: 'a rate from 0/s to 1000/s' },
  { args: ['clients', '--door', 'front'], says: 'socketio, socketio-json, websocket, websocket-json, sse' },
  { args: ['clients', '--url', 'http://192.0.2.1'], says: '192.0.2.1 is not this machine' },
  { args: ['markets', 'BTC-USD'], says: 'Expected 0 arguments but got 1: BTC-USD' },
])('$args is refused in one line that says: $says', async ({ args, says }) => {
  const out: string[] = []
  const notes: string[] = []
  const write = async (text: string) => void out.push(text)
  const code = await runProgram(args, { write, note: (line) => notes.push(line), ended: new AbortController().signal })
  expect({ code, out }).toEqual({ code: 2, out: [] })
  expect(notes).toEqual([expect.stringContaining(says)])
  expect(notes[0]).not.toContain('\n')
})

test('a refused command ends the process with 2, its line on stderr', async () => {
  const { code, out, err } = await sim('sell')
  expect([code, out]).toEqual([2, ''])
  expect(err).toMatch(/^depthcast-sim: unknown command 'sell', allowed are markets, check, [a-z, ]+, help\n$/)
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
