import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { openCapture } from '@depthcast/feeds'
import { expect, test, vi } from 'vitest'
import { FOLDER } from './recorded.ts'
import { sim } from './run.ts'

// Real processes and sockets, on machines that may have more to do.
vi.setConfig({ testTimeout: 30_000 })

const SOCKET = 'wss://stream.binance.com:9443/stream?streams=abcusdt@depth@100ms'
const depth = (u: number) =>
  JSON.stringify({
    stream: 'abcusdt@depth@100ms',
    data: { e: 'depthUpdate', E: 1, s: 'ABCUSDT', U: u, u, b: [['9.91', '1.50000000']], a: [] },
  })
const FRAMES = [
  `${SOCKET} <-> 100.25`,
  `${SOCKET} <- 100.3: {"id": 1}`,
  `100.4: ${depth(13)}`,
  `100.5: ${depth(14)}`,
  '100.6: not JSON: é€😀',
]
const REPLIES = [
  'https://api.binance.com/api/v3/depth?symbol=ABCUSDT&limit=1000 -> 100.35: {"lastUpdateId":12,"bids":[["9.90","1.0"]],"asks":[["9.99","1.0"]]}',
]

function text(name: string, lines: readonly string[], zipped = false): string {
  const path = join(FOLDER, name)
  const content = `${lines.join('\n')}\n`
  writeFileSync(path, zipped ? gzipSync(content) : content)
  return path
}

test('a recording in the text format, replies beside it, comes in whole and plays the same', async () => {
  const file = text('x.ws.txt', FRAMES)
  text('x.http.txt', REPLIES)
  const out = join(FOLDER, 'x.ndjson.gz')
  expect(await sim('import', file, '--out', out)).toMatchObject({
    code: 0,
    err: expect.stringContaining('imported 6 records of binance'),
  })
  const [header, ...records] = openCapture(out).records()
  expect(header).toMatchObject({ kind: 'header', venue: 'binance', software: expect.stringContaining('imported') })
  expect(records).toEqual([...openCapture(file).records()])
  expect(gunzipSync(readFileSync(out)).toString('utf8')).toContain('not JSON: é€😀')
  const [theirs, ours] = await Promise.all([sim('replay', file, '--digest'), sim('replay', out, '--digest')])
  expect(ours.out.split(' ')[0]).toBe(theirs.out.split(' ')[0])
})

test('what is no recording leaves no file behind', async () => {
  const out = join(FOLDER, 'none.ndjson.gz')
  const file = text('prose.txt', ['Dear diary,'])
  expect(await sim('import', file, '--out', out)).toMatchObject({
    code: 2,
    err: expect.stringContaining('line 1: not a line of a recording'),
  })
  expect(existsSync(out)).toBe(false)
})
