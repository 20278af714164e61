import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type BookView, connect } from '@depthcast/client'
import { afterEach, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { History, httpBook, until, untilState } from './fakes/books.ts'

const MAIN = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))

const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

/** Starts a gateway as an operator does, and waits for the line that says it is ready. */
async function start(port: number, seed: number): Promise<ChildProcess> {
  const args = [MAIN, '--port', String(port), '--feed', 'simulated', '--seed', String(seed), '--log-level', 'silent']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  running.push(child)
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('ready')) resolve()
    })
    child.on('exit', (code) => reject(new Error(`the gateway ended with ${code}`)))
  })
  return child
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await gone
}

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a gateway ended with %s and started again under an open client: stale, then live, and no wrong book in between',
  async (signal) => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const first = await start(port, 1)
    const client = connect(url, { reconnect: { minMs: 20, maxMs: 200 } })
    const symbol = 'simulated:BTC-USD'
    const book = client.book(symbol, { depth: 10, rateMs: 'raw' })
    const kinds: string[] = []
    book.onStatus(({ kind }) => kinds.push(kind))
    await until(book, ({ seq }) => seq > 0)
    await until(book, ({ merged }) => merged > 0)

    await end(first, signal)
    await untilState(book, 'stale')
    const last = book.current as BookView
    const between: BookView[] = []
    const stop = book.subscribe((view) => {
      if (book.status.kind !== 'live' && view !== last && view !== undefined) between.push(view)
    })
    const liveAgain = untilState(book, 'live')
    const history = new History(book)
    await start(port, 2)
    expect(book.current).toBe(last)
    await liveAgain

    const { served, seen } = await history.beside(() => httpBook(url, symbol, 'depth=10'))
    expect(seen).toEqual(served)
    expect(between).toEqual([])
    expect(new Set(kinds)).toEqual(new Set(['pending', 'live', 'stale']))
    expect(kinds.filter((kind, i) => kind !== kinds[i - 1])).toEqual(['pending', 'live', 'stale', 'live'])
    expect(client.stats()).toMatchObject({ reconnects: 1, checksumFailures: 0, chainsBroken: 0 })
    stop()
    client.close()
  },
)
