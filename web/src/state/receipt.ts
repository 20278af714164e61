import type { Break, PanelReport, Receipt } from '../engine/messages.ts'
import { describeConflation, describeSource, describeState } from './describe.ts'
import {
  formatAge,
  formatCount,
  formatMs,
  formatNumber,
  formatRate,
  formatTime,
  formatTimeMs,
  UNKNOWN,
  zoneLabel,
} from './format.ts'
import { barsFacts } from './receipt-bars.ts'

/** A line of a receipt. `isDoubt` where it says that something is not proven, or not right. */
export type Fact = { readonly name: string; readonly value: string; readonly isDoubt?: boolean }

/**
 * A receipt in words, each claim beside what it rests on. What this page did not check itself is said to be the venue's or the gateway's word,
 * and what nobody checked is said not to be. Times are ms since 1970.
 */
export function receiptFacts(receipt: Receipt, report: PanelReport): readonly Fact[] {
  return [
    { name: 'Sequence', value: sequenceWords(receipt) },
    ...(receipt.bars === undefined ? [checksumFact(receipt)] : barsFacts(receipt.bars)),
    ...(receipt.source === undefined ? [] : [sourceFact(receipt)]),
    ...timeFacts(receipt),
    { name: 'Conflation', value: report.merged > 0 ? describeConflation(report) : 'no update in the last second' },
    { name: 'Cost', value: costWords(receipt, report) },
    { name: 'Messages', value: flowWords(receipt) },
    {
      name: 'Received to drawn',
      value: `${formatMs(report.paintP50)}, p99 ${formatMs(report.paintP99)} of the last 10 s`,
    },
    breakFact(receipt.lastBreak),
  ]
}

/** The receipt for a program: whoever has the same book at the same `seq` reckons the same checksum. */
export function receiptJson(receipt: Receipt, origin: string): string {
  const { symbol, granted, book, bars, takenAt, verifiedAt, receivedAt, source, chain, lastBreak, ...rest } = receipt
  const { depth, grouping } = granted ?? {}
  const channel = bars !== undefined ? 'candles' : book === undefined ? 'trades' : 'book'
  const view = { channel, ...(bars !== undefined && { interval: bars.interval }), ...granted }
  const query = new URLSearchParams({
    ...(depth !== undefined && { depth: String(depth) }),
    ...(grouping !== undefined && { grouping: String(grouping) }),
  })
  return JSON.stringify(
    {
      receipt: 1,
      symbol,
      view,
      takenAt: isoOf(takenAt),
      chain: chain && { ...chain, since: isoOf(chain.since) },
      checksumLastHeldAt: verifiedAt > 0 ? isoOf(verifiedAt) : null,
      venue: source && { verified: source.verified, at: source.at > 0 ? isoOf(source.at) : null },
      receivedAt: isoOf(receivedAt),
      lastBreak: lastBreak && { ...lastBreak, at: isoOf(lastBreak.at) },
      ...rest,
      ...(book !== undefined && {
        book: { levels: { bids: book.bids.length / 2, asks: book.asks.length / 2 }, ...book },
        recheck: {
          rule: 'docs/protocol.md, checksum: CRC-32 of the asks from low to high, then the bids from high to low, ticks and lots as text',
          sameView: `${origin}/v1/book/${encodeURIComponent(symbol)}?${query}`,
        },
      }),
      ...(bars !== undefined && {
        bars,
        recheck: {
          rule: 'docs/protocol.md, candles: open and close are the first and last trade by time, then by id; bars of figures [open, high, low, close, volume, trades] in ticks and lots',
          sameBars: `${origin}/v1/candles/${encodeURIComponent(symbol)}?interval=${bars.interval}`,
        },
      }),
    },
    null,
    2,
  )
}

/** What others follow as well came once: each of them has its part of it. */
function costWords({ bytes, bytesShare }: Receipt, { bytesPerSecond }: PanelReport): string {
  const isShared = Math.round(bytesShare) < bytes
  const part = isShared ? `, its part of ${formatCount(bytes)} that others share` : ''
  return `${formatRate(bytesPerSecond)}, ${formatCount(Math.round(bytesShare))} bytes so far${part}`
}

function sequenceWords({ seq, epoch, chain }: Receipt): string {
  if (chain === undefined) return `${formatCount(seq)}, epoch ${epoch}`
  const since = `${formatTime(chain.since)} ${zoneLabel(chain.since)}`
  return `${formatCount(chain.from)} to ${formatCount(seq)}, nothing missing since the snapshot at ${since} · epoch ${epoch}`
}

function checksumFact({ book, verifiedAt, takenAt }: Receipt): Fact {
  const name = 'Checksum'
  if (book === undefined) return { name, value: 'none: trades are numbered, and their numbers have no holes' }
  const levels = `${book.bids.length / 2} bids and ${book.asks.length / 2} asks`
  if (verifiedAt <= 0) return { name, value: `not checked: the gateway sent none with these ${levels}`, isDoubt: true }
  const held = `ok ${formatAge(takenAt - verifiedAt)} ago`
  return { name, value: `${held}, ${hex(book.checksum)} reckoned here over the best 100 levels a side of ${levels}` }
}

function sourceFact({ source, takenAt }: Receipt): Fact {
  const isProven = source !== undefined && source.verified !== 'none' && source.at > 0
  const value = source === undefined ? UNKNOWN : describeSource(source, takenAt)
  // The page hears of it from the gateway, and cannot check it.
  return { name: 'At the venue', value: isProven ? `${value}, says the gateway` : value, isDoubt: !isProven }
}

function timeFacts({ exchangeTimeUs, serverTimeUs, receivedAt, clock, bars }: Receipt): readonly Fact[] {
  const zone = zoneLabel(receivedAt)
  const moment = (us: number | undefined): string => (us === undefined ? UNKNOWN : `${formatTimeMs(us / 1000)} ${zone}`)
  const off =
    clock === undefined
      ? 'not compared with this page’s yet'
      : `${signed(clock.offsetMs)} ms from this page’s, ± ${formatNumber(clock.errorMs, 1)}`
  return [
    {
      name: 'Venue’s time',
      value:
        exchangeTimeUs === undefined
          ? bars === undefined
            ? 'the venue sends none'
            : 'bars do not say it'
          : `${moment(exchangeTimeUs)}, by the venue’s clock`,
    },
    { name: 'Gateway’s send', value: `${moment(serverTimeUs)}, by the gateway’s clock, ${off}` },
    { name: 'Received', value: `${moment(receivedAt * 1000)}, by this page’s clock` },
  ]
}

function flowWords({ messages, updates, merged, pictures }: Receipt): string {
  return `${formatCount(messages)} in, ${formatCount(updates)} used, ${formatCount(pictures)} frames painted · ${formatCount(merged)} source updates merged`
}

function breakFact(last: Break | undefined): Fact {
  const name = 'Last break'
  if (last === undefined) return { name, value: 'none since the view was asked for' }
  const what = `${describeState(last.state).text} at ${formatTime(last.at)} ${zoneLabel(last.at)}`
  if (last.healedMs === undefined) return { name, value: what, isDoubt: true }
  return { name, value: `${what}, right again after ${formatMs(last.healedMs)}` }
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0')
}

function signed(ms: number): string {
  return `${ms < 0 ? '' : '+'}${formatNumber(ms, 1)}`
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
