import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CaptureRecord, openCapture, writeRecord } from '@depthcast/feeds'
import { type Micros, micros } from '@depthcast/market'
import { afterAll } from 'vitest'
import type { Output } from '../src/output.ts'

/** A folder of this test file's own, with recordings of a venue that we made up: frames in the shape of Coinbase Exchange's. */
export const FOLDER = mkdtempSync(join(tmpdir(), 'depthcast-recorded-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

export const SUBSCRIBE = '{"type":"subscribe","product_ids":["ABC-USD"],"channels":["level2_batch"]}'
export const ACK = {
  type: 'subscriptions',
  channels: [{ name: 'level2_batch', product_ids: ['ABC-USD'], account_ids: null }],
}
const PRODUCTS = [
  {
    id: 'ABC-USD',
    base_currency: 'ABC',
    quote_currency: 'USD',
    base_increment: '0.001',
    quote_increment: '0.01',
    status: 'online',
  },
]
const START = 1_700_000_000_000_000
const URL = 'wss://ws-feed.exchange.coinbase.com'

export function at(ms: number): Micros {
  return micros(START + ms * 1000)
}

export function frame(ms: number, value: unknown, connection = 'coinbase'): CaptureRecord {
  return { kind: 'frame', at: at(ms), connection, text: typeof value === 'string' ? value : JSON.stringify(value) }
}

export function open(ms: number, connection = 'coinbase'): CaptureRecord {
  return { kind: 'open', at: at(ms), connection, url: URL, venue: 'coinbase' }
}

export const LISTING: CaptureRecord = {
  kind: 'http',
  at: at(0),
  url: 'https://api.exchange.coinbase.com/products',
  status: 200,
  body: JSON.stringify(PRODUCTS),
  headers: { 'content-type': 'application/json', 'x-made-up': 'yes' },
}

export function snapshot(bid = '5.00'): object {
  return {
    type: 'snapshot',
    product_id: 'ABC-USD',
    bids: [
      [bid, '1.0'],
      ['4.00', '1.0'],
    ],
    asks: [['9.00', '1.0']],
  }
}

export function update(n: number): object {
  const time = new Date(START / 1000 + n).toISOString().replace('Z', '000Z')
  const price = (5 + n / 100).toFixed(2)
  return { type: 'l2update', product_id: 'ABC-USD', changes: [['buy', price, String(n)]], time }
}

/** A directory, a socket that is asked and answers, then so many updates, ten ms apart. */
export function session(updates: number): readonly CaptureRecord[] {
  return [
    { kind: 'header', venue: 'coinbase', software: 'test' },
    LISTING,
    open(10),
    { kind: 'sent', at: at(11), connection: 'coinbase', text: SUBSCRIBE },
    frame(20, ACK),
    frame(21, snapshot()),
    { kind: 'ping', at: at(22), connection: 'coinbase', payload: 'tick 7' },
    ...Array.from({ length: updates }, (_, n) => frame(30 + 10 * n, update(n))),
  ]
}

export function saved(name: string, records: readonly CaptureRecord[]): string {
  const path = join(FOLDER, name)
  writeFileSync(path, records.map((record) => `${writeRecord(record)}\n`).join(''))
  return path
}

/** What came in, verbatim and in order. */
export function framesOf(file: string): readonly string[] {
  return [...openCapture(file).records()].flatMap((record) => (record.kind === 'frame' ? [record.text] : []))
}

/** An output that keeps what it is given, and ends when told. */
export function kept(): Output & { readonly text: () => string; readonly notes: string[]; end(): void } {
  const ended = new AbortController()
  const parts: string[] = []
  const notes: string[] = []
  return {
    write: async (text) => void parts.push(text),
    note: (line) => notes.push(line),
    ended: ended.signal,
    text: () => parts.join(''),
    notes,
    end: () => ended.abort(),
  }
}
