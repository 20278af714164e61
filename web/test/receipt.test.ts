import { checksum } from '@depthcast/market'
import { expect, test } from 'vitest'
import type { PanelReport, Receipt } from '../src/engine/messages.ts'
import { receiptFacts, receiptJson } from '../src/state/receipt.ts'
import { SYMBOL, stage } from './fakes/engine-stage.ts'
import { ASKS, BIDS, shownLadder } from './fakes/ladder-stage.ts'

type Stage = ReturnType<typeof stage>

async function receiptOf(on: Stage, panel: 'ladder' | 'tape' = 'ladder'): Promise<Receipt> {
  on.tell({ kind: 'panel-receipt', panel, request: 1 })
  // The receipt's program is fetched with the first one.
  await expect.poll(() => on.last('receipt')).toBeDefined()
  const { receipt } = on.last('receipt') ?? {}
  if (receipt === undefined) throw new Error('no receipt')
  return receipt
}

function facts(receipt: Receipt, report: PanelReport): ReadonlyMap<string, string> {
  return new Map(receiptFacts(receipt, report).map(({ name, value }) => [name, value]))
}

async function update(on: Stage, seq: number, bids: readonly number[], prev = seq - 1): Promise<void> {
  const [book, asks] = [[...bids, ...BIDS.slice(2)], ASKS]
  const sub = on.gateway.sub('book', SYMBOL)
  const { serverTime } = on.gateway
  const crc = checksum(book, asks, 100)
  on.gateway.send('update', {
    ...{ sub, epoch: 1, seq, prev, serverTime, merged: 3, bids, asks: [], checksum: crc },
    exchangeTime: serverTime - 5000,
  })
  await on.shown()
}

test('a receipt says from where the chain is whole, how much came, and reckons the checksum of what is shown anew', async () => {
  const on = await shownLadder()
  await update(on, 108, [126_285, 777])
  await update(on, 109, [126_285, 778])
  const receipt = await receiptOf(on)
  const bids = [126_285, 778, ...BIDS.slice(2)]
  expect(receipt).toMatchObject({
    seq: 109,
    chain: { epoch: 1, from: 107 },
    book: { tick: '0.5', lot: '0.001', bids, asks: ASKS, checksum: checksum(bids, ASKS, 100) },
    messages: 3,
    updates: 3,
    merged: 7,
    pictures: 3,
    lastBreak: undefined,
  })
  const said = facts(receipt, on.report('ladder'))
  expect(said.get('Sequence')).toMatch(
    /^107 to 109, nothing missing since the snapshot at \d\d:\d\d:\d\d UTC · epoch 1$/,
  )
  expect(said.get('Checksum')).toMatch(/^ok 0\.0 s ago, [0-9a-f]{8} reckoned here over the best 100 levels a side of/)
  expect(said.get('Last break')).toBe('none since the view was asked for')
})

test('what nobody checked is not called checked: no checksum, no word of the venue, no venue’s time', async () => {
  const on = await shownLadder()
  const sub = on.gateway.sub('book', SYMBOL)
  on.gateway.status(SYMBOL, 'live')
  on.tell({ kind: 'panel-symbol', panel: 'ladder', symbol: 'test:ETH-USD' })
  await on.gateway.settle()
  expect(on.gateway.sub('book', 'test:ETH-USD')).not.toBe(sub)
  const { serverTime } = on.gateway
  const plain = { sub: on.gateway.sub('book', 'test:ETH-USD'), seq: 5, epoch: 2, serverTime, bids: BIDS, asks: ASKS }
  on.gateway.send('snapshot', plain)
  on.gateway.status('test:ETH-USD', 'live')
  await on.shown()
  const lines = receiptFacts(await receiptOf(on), on.report('ladder'))
  const doubts = lines.filter(({ isDoubt }) => isDoubt).map(({ name, value }) => `${name}: ${value}`)
  expect(doubts).toEqual([
    'Checksum: not checked: the gateway sent none with these 2 bids and 2 asks',
    'At the venue: nothing at the venue to check it by',
  ])
  expect(lines.find(({ name }) => name === 'Venue’s time')?.value).toBe('the venue sends none')
  expect(lines.map(({ value }) => value).join()).not.toMatch(/\bok\b/)
})

test('a break is on the receipt with how long it took, also when nobody was quick enough to see it', async () => {
  const on = await shownLadder()
  await update(on, 110, [126_285, 777], 109)
  on.clock.advance(40)
  await on.gateway.settle()
  on.gateway.book(SYMBOL, { seq: 111, bids: BIDS, asks: ASKS })
  await on.shown()
  const receipt = await receiptOf(on)
  expect(receipt.lastBreak).toMatchObject({ state: { kind: 'gap', from: 108, to: 109 }, healedMs: 40 })
  expect(receipt.chain).toMatchObject({ from: 111 })
  expect(facts(receipt, on.report('ladder')).get('Last break')).toMatch(
    /^gap 108–109 · resyncing at \d\d:\d\d:\d\d UTC, right again after 40 ms$/,
  )
})

test('a receipt is of what is on the screen, not of the book that could not be shown', async () => {
  const on = await shownLadder()
  on.gateway.book(SYMBOL, { seq: 130, bids: [126_286, 5], asks: [126_286, 5] })
  await on.shown()
  const receipt = await receiptOf(on)
  expect(receipt).toMatchObject({ state: { kind: 'invalid' }, seq: 107, book: { bids: BIDS, asks: ASKS } })
})

test('a receipt of trades claims no checksum, and one of nothing there is none', async () => {
  const on = stage()
  await on.start()
  await on.open('tape')
  on.tell({ kind: 'panel-receipt', panel: 'tape', request: 1 })
  await expect.poll(() => on.last('receipt')).toMatchObject({ request: 1, receipt: undefined })
  on.posted.length = 0
  on.gateway.trades(SYMBOL, { seq: 1, trades: [['1', 126_285, 5, 1, on.gateway.serverTime]] })
  await on.shown()
  const receipt = await receiptOf(on, 'tape')
  expect(receipt).toMatchObject({ seq: 1, book: undefined, source: undefined, exchangeTimeUs: on.gateway.serverTime })
  expect(facts(receipt, on.report('tape')).get('Checksum')).toBe(
    'none: trades are numbered, and their numbers have no holes',
  )
})

test('the receipt as JSON can be checked again: its levels have its checksum, and it names the same view at the gateway', async () => {
  const on = await shownLadder()
  const json = JSON.parse(receiptJson(await receiptOf(on), 'http://gateway.test')) as Record<string, unknown>
  const book = json.book as { bids: number[]; asks: number[]; checksum: number; levels: object }
  expect(json).toMatchObject({ symbol: SYMBOL, seq: 107, epoch: 1, view: { channel: 'book', depth: 25, grouping: 1 } })
  expect(book.levels).toEqual({ bids: 2, asks: 2 })
  expect(checksum(book.bids, book.asks, 100)).toBe(book.checksum)
  expect((json.recheck as { sameView: string }).sameView).toBe(
    'http://gateway.test/v1/book/test%3ABTC-USD?depth=25&grouping=1',
  )
})
