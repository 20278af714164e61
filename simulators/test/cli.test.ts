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
  expect(await sim('sell')).toEqual({
    code: 2,
    out: '',
    err: "depthcast-sim: unknown command 'sell', allowed are markets, check, help\n",
  })
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
