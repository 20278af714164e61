import { join } from 'node:path'
import { openCapture } from '@depthcast/feeds'
import { afterEach, expect, test } from 'vitest'
import { type CheckReport, check } from '../src/check.ts'
import { binanceEmulator } from '../src/emulators/binance/emulator.ts'
import { record } from '../src/record/record.ts'
import { serveReplay } from '../src/replay/serve.ts'
import { Served } from './emulators/served.ts'
import { FOLDER, kept } from './recorded.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** Without a symbol the venue's usual ones. */
type Wish = { readonly venue: string; readonly symbol?: string; readonly port: number; readonly out: string }

/** Records until `isEnough`, which is asked once a second. */
async function recorded({ venue, symbol, port, out }: Wish, isEnough: (line: string) => boolean): Promise<CheckReport> {
  const output = kept()
  const venueUrl = { wsUrl: `ws://127.0.0.1:${port}`, httpUrl: `http://127.0.0.1:${port}` }
  const symbols = symbol === undefined ? undefined : [symbol]
  const options = { venue, symbols, venueUrl, duration: Number.POSITIVE_INFINITY, out, progress: true }
  const code = await record(options, { ...output, note: (line) => isEnough(line) && output.end() })
  expect(code).toBe(0)
  const lines: string[] = []
  await check([out], { json: true, write: (line) => lines.push(line) })
  return JSON.parse(lines.join(''))
}

test.each([
  { venue: 'kraken', symbol: 'BTC-USD' },
  { venue: 'binance', symbol: 'BTC-USDT' },
  { venue: 'coinbase', symbol: 'BTC-USD' },
])(
  'an emulated $venue, recorded, plays to right books; served from the recording and recorded again, to the same',
  async ({ venue, symbol }) => {
    const emulated = await Served.open({ venue, symbols: ['BTC-USD'], seed: 7, speed: 1 })
    closing.push(() => emulated.close())
    const first = join(FOLDER, `${venue}.ndjson.gz`)
    const isLive = (line: string) => line.includes('1 of 1 books live')
    let lines = 0
    const once = await recorded({ venue, port: emulated.port, out: first }, (line) => isLive(line) && ++lines > 1)
    expect(once).toMatchObject({ passed: true, errors: [], resyncs: 0, finalBooks: { equal: 1, of: 1 } })
    expect(once.updates.applied).toBeGreaterThan(5)
    const headers = [...openCapture(first).records()].flatMap((record) => (record.kind === 'header' ? [record] : []))
    expect(headers.flatMap(({ symbols = [] }) => symbols)).toEqual([symbol])

    const server = await serveReplay([openCapture(first)], { port: 0, speed: 1, loops: false })
    closing.push(() => server.close())
    const second = join(FOLDER, `${venue}-again.ndjson.gz`)
    const isClosed = () => [...openCapture(second).records()].some(({ kind }) => kind === 'closed')
    const twice = await recorded(
      { venue, symbol, port: server.port, out: second },
      (line) => isLive(line) || isClosed(),
    )
    expect(twice.errors.filter((error) => !error.includes('FEED_UPSTREAM'))).toEqual([])
    const frames = (file: string) =>
      [...openCapture(file).records()].flatMap((one) => (one.kind === 'frame' ? [one.text] : []))
    expect(frames(second).length).toBeGreaterThan(5)
    expect(frames(second)).toEqual(frames(first).slice(0, frames(second).length))
  },
)

test('a venue that announces the end of a socket is recorded across it, and plays as one stream', async () => {
  const emulated = await Served.open({
    venue: 'binance',
    emulator: (world) => binanceEmulator(world, { lifeMs: 10_000 }),
    symbols: ['BTC-USD'],
    seed: 7,
    speed: 1,
  })
  closing.push(() => emulated.close())
  const out = join(FOLDER, 'roll.ndjson.gz')
  const ended = (): boolean =>
    [...openCapture(out).records()].some((record) => record.kind === 'closed' && record.connection === 'binance')
  const wish = { venue: 'binance', symbol: 'BTC-USDT', port: emulated.port, out }
  const report = await recorded(wish, (line) => !line.includes('· 0 B on the disk') && ended())
  expect(report).toMatchObject({ passed: true, errors: [], resyncs: 0, finalBooks: { equal: 1, of: 1 } })
  expect(report.rolls).toBeGreaterThan(0)
  const records = [...openCapture(out).records()]
  expect(records.flatMap((one) => (one.kind === 'header' ? [one.symbols] : []))[0]).toEqual(['BTC-USDT'])
  expect(records.find(({ kind }) => kind === 'closed')).toMatchObject({ by: 'us', connection: 'binance' })
  expect(records.at(-1)).toMatchObject({ kind: 'closed', by: 'us', why: 'the feed is closed' })
})
