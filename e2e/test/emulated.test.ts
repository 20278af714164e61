import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { connect } from '@depthcast/client'
import { afterEach, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { History, httpBook, until, untilState } from './fakes/books.ts'

const GATEWAY = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))
const SIMULATOR = fileURLToPath(new URL('../../simulators/src/main.ts', import.meta.url))
const VENUES = ['kraken', 'binance', 'coinbase'] as const
const BASES = [
  ...['BTC', 'ETH', 'SOL', 'XRP', 'ADA', 'DOT', 'LTC', 'LINK', 'AVAX', 'ATOM'],
  ...['UNI', 'AAVE', 'ALGO', 'XLM', 'FIL', 'NEAR', 'APT', 'ARB', 'OP', 'INJ'],
]
const SYMBOLS = BASES.map((base) => `${base}-USD`)

const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

/** Starts a program as an operator does, and waits until it says that it is ready. */
async function start(path: string, args: readonly string[], isReady: (said: string) => boolean): Promise<ChildProcess> {
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.push(child)
  let said = ''
  await new Promise<void>((resolve, reject) => {
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (isReady(said)) resolve()
      })
    }
    child.on('exit', (code) => reject(new Error(`it ended with ${code}: ${said}`)))
  })
  return child
}

test('three emulated venues of 20 symbols feed a gateway; while they are away every book is stale, and then live again', async () => {
  const [venuePort, port] = [await freePort(), await freePort()]
  const origin = `http://127.0.0.1:${venuePort}`
  const serve = () =>
    start(
      SIMULATOR,
      [
        ...['serve', '--venue', VENUES.join(','), '--port', String(venuePort), '--seed', '7'],
        ...['--symbols', SYMBOLS.join(',')],
      ],
      (said) => said.includes(String(venuePort)),
    )
  const emulator = await serve()
  await start(
    GATEWAY,
    [
      ...['--port', String(port), '--feed', VENUES.join(','), '--venue-url', origin],
      ...['--symbols', SYMBOLS.join(','), '--log-level', 'silent'],
    ],
    (said) => said.includes('ready'),
  )
  const url = `http://127.0.0.1:${port}`
  const listed = async () => ((await (await fetch(`${url}/v1/instruments`)).json()) as unknown[]).length
  await expect.poll(listed).toBe(VENUES.length * SYMBOLS.length)

  const client = connect(url, { reconnect: { minMs: 20, maxMs: 200 } })
  const books = VENUES.flatMap((venue) =>
    SYMBOLS.map((symbol) => client.book(`${venue}:${symbol}`, { depth: 10, rateMs: 'raw' })),
  )
  await Promise.all(books.map((book) => until(book, ({ merged }) => merged > 0)))

  const gone = new Promise((resolve) => emulator.once('exit', resolve))
  emulator.kill('SIGKILL')
  await gone
  await Promise.all(books.map((book) => untilState(book, 'stale')))
  await serve()
  await Promise.all(books.map((book) => untilState(book, 'live')))

  for (const book of books.filter((_, n) => n % SYMBOLS.length === 0)) {
    const history = new History(book)
    const { served, seen } = await history.beside(() => httpBook(url, book.symbol, 'depth=10'))
    expect(seen).toEqual(served)
  }
  expect(client.stats()).toMatchObject({ reconnects: 0, checksumFailures: 0, chainsBroken: 0 })
  client.close()
})
