import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GapReason, Micros } from '@depthcast/market'
import { expect, onTestFinished, test } from 'vitest'
import { readJsonLine } from '../src/capture.ts'
import { BookDumps } from '../src/dumps.ts'
import { FrameRing } from '../src/frame-ring.ts'
import type { Output } from '../src/venue.ts'
import { instrument, START } from './driver.ts'

const BTC = instrument('plain', 'BTC-USD', 'BTC', 'USD')

function gap(reason: GapReason, ms = 0): Output {
  const stamp = { instrument: BTC.id, exchangeTime: undefined, receivedAt: (START + ms * 1000) as Micros }
  return { kind: 'event', event: { kind: 'gap', stream: 'book', reason, ...stamp } }
}

/** Dumps into a folder, and what the log says of each, in turn. */
function dumping(options: { dir?: string; most?: number } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'depthcast-dumps-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const logged: { event: string; fields: Readonly<Record<string, unknown>> }[] = []
  const waiting: (() => void)[] = []
  const log = (event: string, fields: Readonly<Record<string, unknown>>): void => {
    logged.push({ event, fields })
    for (const wake of waiting.splice(0)) wake()
  }
  const until = async (count: number) => {
    while (logged.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const dumps = new BookDumps({ dir, venue: { id: 'plain' }, instruments: [BTC], preface: [], log, ...options })
  const ring = new FrameRing([BTC])
  ring.add({ kind: 'open', at: START, connection: 'plain', url: 'ws://venue' })
  ring.add({ kind: 'frame', at: START, connection: 'plain', text: 'the frame that broke it' })
  return { dir, dumps, ring, logged, until }
}

test.each(['checksum', 'sequence', 'crossed', 'oracle'] as const)(
  'a book that failed by its %s leaves a file',
  async (reason) => {
    const { dir, dumps, ring, logged, until } = dumping()
    dumps.look(ring, [gap(reason)])
    await until(1)
    const [file] = readdirSync(dir)
    expect(file).toBe('plain-BTC-USD-20231114T221320.000Z.ndjson')
    expect(logged).toEqual([
      { event: 'feed.dumped', fields: { instrument: BTC.id, reason, file: join(dir, String(file)), records: 4 } },
    ])
    const records = readFileSync(join(dir, String(file)), 'utf8')
      .split('\n')
      .map(readJsonLine)
    expect(records).toMatchObject([
      { kind: 'header', venue: 'plain', symbols: [BTC.id] },
      { kind: 'open' },
      { kind: 'frame', text: 'the frame that broke it' },
      { kind: 'note', at: START, text: `here the book failed its check (${reason})` },
      undefined,
    ])
  },
)

test.each(['disconnected', 'restart', 'protocol', 'overflow'] as const)(
  'one that is merely %s leaves none',
  (reason) => {
    const { dumps, ring, logged } = dumping()
    dumps.look(ring, [gap(reason)])
    expect([logged, ring.of(BTC).records.length]).toEqual([[], 2])
  },
)

test('a venue that fails for hours fills no disk', async () => {
  const { dir, dumps, ring, until } = dumping({ most: 3 })
  for (let ms = 0; ms < 10; ms++) dumps.look(ring, [gap('checksum', ms)])
  await until(3)
  expect(readdirSync(dir)).toHaveLength(3)
})

test('a folder that cannot be written to is told in the log, and costs nothing else', async () => {
  const { dumps, ring, logged, until } = dumping({ dir: '/nowhere/at/all' })
  expect(() => dumps.look(ring, [gap('checksum')])).not.toThrow()
  await until(1)
  expect(logged).toMatchObject([{ event: 'feed.dump_failed', fields: { reason: expect.stringContaining('ENOENT') } }])
})

test('a file without the question that showed the difference says so', async () => {
  const { dir, dumps, logged, until } = dumping()
  const ring = new FrameRing([BTC], { records: 3, characters: 1_000 }, { records: 5, characters: 1_000 })
  ring.add({ kind: 'open', at: START, connection: 'plain', url: 'ws://venue' })
  dumps.look(ring, [{ kind: 'probe', id: 'q', url: 'ws://venue', send: [], withinMs: 1, about: BTC.id }])
  for (let index = 0; index < 9; index++) {
    ring.add({ kind: 'frame', at: START, connection: 'plain', text: `BTC-USD ${index}` })
    dumps.look(ring, [])
  }
  dumps.look(ring, [gap('oracle')])
  await until(1)
  expect(logged).toMatchObject([{ event: 'feed.dumped' }])
  expect(readFileSync(join(dir, String(readdirSync(dir)[0])), 'utf8')).toMatch(
    /failed its check \(oracle\); so much came/,
  )
})
