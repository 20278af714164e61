import { crc32, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toCsv } from '../src/state/csv.ts'
import { withText } from '../src/state/png-text.ts'

test('a table is written as it stands, with a header, and each line ends in CR LF', () => {
  const csv = toCsv({
    columns: ['Side', 'Price'],
    rows: [
      ['Bid', '63142.50'],
      ['Ask', '0.00000001'],
    ],
  })
  expect(csv).toBe('Side,Price\r\nBid,63142.50\r\nAsk,0.00000001\r\n')
})

test('whatever stands in a cell comes back from the file', () => {
  const cell = fc.oneof(fc.string(), fc.constantFrom('a,b', 'say "no"', 'two\r\nlines', '"', ''))
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1 }), (rows) => {
      expect(parsed(toCsv({ columns: ['a', 'b'], rows }))).toEqual([['a', 'b'], ...rows])
    }),
  )
})

/** A reader of RFC 4180. */
function parsed(csv: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end !== '\r\n') continue
    rows.push(row)
    row = []
  }
  return rows
}

test('a picture says what it shows, in chunks whose lengths and checksums hold, and is otherwise the same', () => {
  const png = smallPng()
  const text = { Title: 'Book of BTC-USD', 'depthcast:seq': '1204881', 'depthcast:time': '12:04:09.213 UTC+2 · jetzt' }
  const chunks = chunksOf(withText(png, text))
  expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'iTXt', 'iTXt', 'iTXt', 'IDAT', 'IEND'])
  expect(chunks.filter(({ isWhole }) => !isWhole)).toEqual([])
  const read = chunks
    .filter(({ type }) => type === 'iTXt')
    .map(({ content }) => {
      // After the keyword: not compressed, by no method, in no language, no translated keyword.
      const [keyword = '', ...rest] = content.split('\0')
      return [keyword, rest]
    })
  expect(read).toEqual(Object.entries(text).map(([keyword, words]) => [keyword, ['', '', '', '', words]]))
  const rest = ({ type }: { type: string }): boolean => type !== 'iTXt'
  expect(chunks.filter(rest)).toEqual(chunksOf(png).filter(rest))
})

test('what is no PNG is not written into', () => {
  expect(() => withText(new Uint8Array(100), { Title: 'x' })).toThrow(RangeError)
})

/** One pixel. */
function smallPng(): Uint8Array {
  const part = (type: string, content: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), content])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(content.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    part('IHDR', Buffer.from('00000001000000010800000000', 'hex')),
    part('IDAT', deflateSync(Buffer.from([0, 0]))),
    part('IEND', Buffer.alloc(0)),
  ])
}

function chunksOf(png: Uint8Array) {
  const bytes = Buffer.from(png)
  const chunks: { type: string; content: string; isWhole: boolean }[] = []
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const body = bytes.subarray(at + 4, at + 8 + length)
    const isWhole = bytes.readUInt32BE(at + 8 + length) === crc32(body)
    chunks.push({ type: body.toString('latin1', 0, 4), content: body.toString('utf8', 4), isWhole })
    at += length + 12
  }
  return chunks
}
