import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { type CaptureRecord, openCapture } from '@depthcast/feeds'
import { afterEach, expect, test } from 'vitest'
import { record } from '../src/record/record.ts'
import { replay } from '../src/replay/replay.ts'
import { type ReplayServer, serveReplay } from '../src/replay/serve.ts'
import { FOLDER, framesOf, kept, saved, session } from './recorded.ts'
import { spawned } from './run.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function served(file: string, options: { speed?: number; loops?: boolean } = {}): Promise<ReplayServer> {
  const server = await serveReplay([openCapture(file)], { port: 0, speed: 1, loops: false, ...options })
  closing.push(() => server.close())
  return server
}

/** Records all that the server has, to its close. */
async function recorded(server: ReplayServer, out: string): Promise<readonly CaptureRecord[]> {
  const all = kept()
  const output = {
    ...all,
    note(line: string) {
      if (line.includes('· 0 B on the disk')) return
      if ([...openCapture(out).records()].some(({ kind }) => kind === 'closed')) all.end()
    },
  }
  const origin = `127.0.0.1:${server.port}`
  const venueUrl = { wsUrl: `ws://${origin}`, httpUrl: `http://${origin}` }
  const options = { venue: 'coinbase', symbols: ['ABC-USD'], venueUrl, duration: Number.POSITIVE_INFINITY }
  expect(await record({ ...options, out, progress: true }, output)).toBe(0)
  return [...openCapture(out).records()]
}

/** Records all that the server has in a process of its own, for it to be stopped there. */
function recording({ port }: ReplayServer, out: string) {
  const venue = ['--venue-url', `http://127.0.0.1:${port}`, '--symbols', 'ABC-USD']
  return spawned('record', 'coinbase', '--out', out, ...venue, '--progress')
}

/** The events of a recording, without when they were received. */
async function events(file: string): Promise<readonly object[]> {
  const output = kept()
  const options = { speed: Number.POSITIVE_INFINITY, symbols: undefined, json: true, digest: false, progress: false }
  await replay([file], options, output)
  return output
    .text()
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { receivedAt: _, ...event } = JSON.parse(line)
      return event
    })
}

test('what is recorded of a venue is what it sent, verbatim and in order, and plays to the same books', async () => {
  const original = saved('original.ndjson', session(40))
  const out = join(FOLDER, 'again.ndjson.gz')
  await recorded(await served(original), out)
  expect(framesOf(out)).toEqual(framesOf(original))
  const told = (all: readonly object[]) => all.filter((event) => 'kind' in event && event.kind !== 'status')
  expect(told(await events(out))).toEqual(told(await events(original)))
})

test('the file tells everything of the wire: the venue, requests, opens, what was sent, pings, closes, and when by both clocks', async () => {
  const all = await recorded(await served(saved('wire.ndjson', session(3))), join(FOLDER, 'wire.ndjson.gz'))
  const [header, ...rest] = all
  expect(header).toEqual({
    kind: 'header',
    venue: 'coinbase',
    software: expect.stringContaining('depthcast-sim'),
    symbols: ['ABC-USD'],
  })
  const of = (kind: CaptureRecord['kind']) => rest.filter((each) => each.kind === kind)
  expect(of('http')[0]).toMatchObject({ status: 200, headers: { 'x-made-up': 'yes' }, askedAt: expect.any(Number) })
  expect(of('open')[0]).toMatchObject({ venue: 'coinbase', url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:/) })
  expect(of('sent')[0]).toMatchObject({ text: expect.stringContaining('"subscribe"') })
  expect(of('ping')[0]).toMatchObject({ payload: 'tick 7' })
  expect(of('pong')[0]).toMatchObject({ payload: 'tick 7' })
  expect(of('closed')[0]).toMatchObject({ code: 1001, reason: 'the recording is over' })
  const clocks = rest.map((each) => ('monoNs' in each ? (each.monoNs ?? Number.NaN) : Number.NaN))
  expect(clocks).toEqual(clocks.toSorted((a, b) => a - b))
  expect(clocks.every((ns) => ns > 0)).toBe(true)
})

test('a recorder that is killed leaves a file that plays to where it was', async () => {
  const server = await served(saved('long.ndjson', session(2000)), { speed: 2, loops: true })
  const out = join(FOLDER, 'killed.ndjson.gz')
  const child = recording(server, out)
  const closed = once(child, 'close')
  // Some of it is on the disk, and more is on its way there.
  for await (const line of createInterface({ input: child.stderr })) {
    if (/[1-9][\d,]* frames/.test(line) && !line.includes('· 0 B on the disk') && framesOf(out).length > 0) break
  }
  child.kill('SIGKILL')
  expect(await closed).toEqual([null, 'SIGKILL'])
  const frames = framesOf(out)
  expect(frames.length).toBeGreaterThan(10)
  expect(frames).toEqual(framesOf(join(FOLDER, 'long.ndjson')).slice(0, frames.length))
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends a recording with a whole file and a word on what is in it',
  async (signal) => {
    const server = await served(saved(`${signal}.ndjson`, session(2000)), { loops: true })
    const out = join(FOLDER, `${signal}.ndjson.gz`)
    const child = recording(server, out)
    const closed = once(child, 'close')
    const lines: string[] = []
    for await (const line of createInterface({ input: child.stderr })) {
      lines.push(line)
      if (/[1-9][\d,]* frames, .*1 of 1 books live/.test(line)) child.kill(signal)
    }
    expect(await closed).toEqual([0, null])
    expect(lines.at(-1)).toMatch(/^recorded [\d,]+ frames of coinbase in [\d.]+ s to .*, 1 of 1 books live at the end$/)
    // Every gunzip takes it, to its end.
    expect(gunzipSync(readFileSync(out)).toString('utf8')).toMatch(/\n$/)
    expect([...openCapture(out).records()].filter(({ kind }) => kind === 'note')).toEqual([])
  },
)

test('a recording is never written over another file', async () => {
  const out = saved('kept.ndjson', session(1))
  const before = readFileSync(out, 'utf8')
  const child = spawned('record', 'coinbase', '--out', out)
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  expect([code, err]).toEqual([
    2,
    `depthcast-sim record: cannot write: ${out} is there already: name another file, or remove it\n`,
  ])
  expect(readFileSync(out, 'utf8')).toBe(before)
})

test('a venue where nothing answers is exit code 1, and why', async () => {
  const output = kept()
  const { port } = await served(saved('gone.ndjson', session(1)))
  await closing.pop()?.()
  const nowhere = { wsUrl: `ws://127.0.0.1:${port}`, httpUrl: `http://127.0.0.1:${port}` }
  const out = join(FOLDER, 'nothing.ndjson')
  const options = { venue: 'coinbase', symbols: undefined, venueUrl: nowhere, duration: 200_000, out, progress: false }
  expect(await record(options, output)).toBe(1)
  expect(output.notes.at(-1)).toMatch(/^nothing came: .*ECONNREFUSED/)
  expect(existsSync(out)).toBe(true)
})
