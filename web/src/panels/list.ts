import { untrack } from 'svelte'
import { type Described, describeState } from '../state/describe.ts'
import type { Desk, InstrumentRow } from '../state/desk.ts'
import { changePercent, decimalsOf, formatChange } from '../state/format.ts'
import type { Text } from '../state/panel.ts'
import { type Quote, standingOf } from '../state/quotes.ts'
import { followSight } from './sight.ts'

// What the panels that list instruments share.

/** Tells whether the element is seen, which it is not before the browser says so, nor once it is gone. */
export function inView(tell: (isSeen: boolean) => void): (element: HTMLElement) => () => void {
  return (element) => {
    const stop = followSight(element, tell, false)
    return () => {
      stop()
      untrack(() => tell(false))
    }
  }
}

/** Without a change of any row for longer, a list is quiet: as long as it takes a panel. */
const QUIET_AFTER_MS = 2000

/** The state of a panel that shows many instruments, in the words of any other: the connection's where that is not well, else the newest quote's. */
export function describeList(desk: Desk, rows: readonly InstrumentRow[], now: number): Described {
  const connection = desk.connection.value
  const isConnecting = connection === undefined || connection.state === 'connecting'
  // Why there is none the panel itself says.
  if (rows.length === 0) return { tone: 'busy', glyph: '○', text: isConnecting ? 'Connecting…' : '' }
  if (desk.paused.value) return describeState({ kind: 'paused' })
  const quotes = rows.flatMap(({ id }) => desk.quotes.value.get(id) ?? [])
  const heardAt = Math.max(...quotes.map(({ updatedAt }) => updatedAt ?? Number.NEGATIVE_INFINITY))
  if (connection !== undefined && connection.state !== 'open') {
    const retryInMs = connection.retryAt === undefined ? undefined : connection.retryAt - now
    return describeState({ kind: 'stale', since: heardAt, ...(retryInMs !== undefined && { retryInMs }) })
  }
  if (connection?.overdueMs !== undefined) return describeState({ kind: 'delayed', ageMs: connection.overdueMs })
  const ageMs = now - heardAt
  const hasFigures = quotes.some(({ last, bid, updatedAt }) => (updatedAt ?? last ?? bid) !== undefined)
  if (!hasFigures) return describeState({ kind: 'loading' })
  return describeState(
    Number.isFinite(ageMs) && ageMs > QUIET_AFTER_MS ? { kind: 'quiet', ageMs } : { kind: 'live' },
    'last change',
  )
}

/** The different values of one field, in the order of the alphabet. */
export function distinct(rows: readonly InstrumentRow[], field: 'venue' | 'quote'): readonly string[] {
  return [...new Set(rows.map((row) => row[field]))].sort()
}

/** Every word of a search stands somewhere in the instrument's id. */
export function matching(rows: readonly InstrumentRow[], words: string): readonly InstrumentRow[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => wanted.every((word) => row.id.toLowerCase().includes(word)))
}

/** A percentage with its sign, `—` where there is none. */
export function signed(percent: number | undefined): string {
  return formatChange(100, percent === undefined ? undefined : 100 + percent)
}

/** The rows as they are shown, in exact decimals, for export. */
export function listTable(name: string, rows: readonly InstrumentRow[], quotes: ReadonlyMap<string, Quote>): Text {
  const write = (value: number | undefined, decimals: number): string => value?.toFixed(decimals) ?? ''
  return {
    symbol: name,
    seq: 0,
    columns: ['Instrument', 'Last', 'Bid', 'Ask', 'Change 24 h %', 'Volume 24 h', 'State'],
    rows: rows.map((row) => {
      const quote = quotes.get(row.id)
      const [price, size] = [decimalsOf(row.tickSize), decimalsOf(row.lotSize)]
      return [
        row.id,
        ...[quote?.last, quote?.bid, quote?.ask].map((value) => write(value, price)),
        write(changePercent(quote?.open24h, quote?.last), 2),
        write(quote?.volume24h, size),
        standingOf(row, quote),
      ]
    }),
  }
}
