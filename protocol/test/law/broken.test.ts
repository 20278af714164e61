import type {
  BookState,
  BookUpdate,
  BookView,
  CandlesUpdate,
  Channel,
  TradesState,
  TradesUpdate,
  TradesView,
  ViewUpdate,
} from '@depthcast/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { obey, type Subject } from './law.ts'
import { schedules } from './schedule.ts'
import { bookSubject, candlesSubject, statusSubject, tickerSubject, tradesSubject } from './subjects.ts'

/** Channels a careless author might write, each with the breach the law must find in it. */
const BROKEN = [
  {
    name: 'a book that forgets to delete levels',
    subject: rewired(bookSubject({ depth: 4, grouping: 1, checksum: false }), onDiff(withoutDeletes)),
    breach: /a client shows something else/,
  },
  {
    name: 'a book with checksums that forgets to delete levels',
    subject: rewired(bookSubject({ depth: 4, grouping: 1, checksum: true }), onDiff(withoutDeletes)),
    breach: /expected checksum/,
  },
  {
    name: 'a book that does not look at asks',
    subject: rewired(bookSubject({ depth: 4, grouping: 1, checksum: false }), (book) => ({
      accept: (state, event) =>
        event.kind === 'book-delta' && event.bids.length === 0 ? false : book.accept(state, event),
    })),
    breach: /the view moved and nothing was published|a client shows something else/,
  },
  {
    name: 'a book whose snapshots run ahead of its updates',
    subject: rewired(bookSubject({ depth: 4, grouping: 1, checksum: false }), (book) => ({
      snapshot: (state) => book.snapshot({ ...(state as object), published: undefined }),
    })),
    breach: /expected an update of/,
  },
  {
    name: 'a book client that does not check the chain',
    subject: rewired(bookSubject({ depth: 'all', grouping: 1, checksum: false }), (book) => ({
      apply: (view, update) =>
        book.apply(view, { ...update, epoch: Math.max(1, view.epoch), prev: view.seq } as BookUpdate),
    })),
    breach: /a client shows something else|removed and was not held/,
  },
  {
    name: 'a book that takes back a client where its last image is no longer right',
    subject: rewired(bookSubject({ depth: 4, grouping: 1, checksum: false }), () => ({
      position(state) {
        const { epoch, seq } = (state as BookState).published ?? {}
        return epoch === undefined || seq === undefined ? undefined : [epoch, seq]
      },
    })),
    breach: /left with what no longer holds/,
  },
  {
    name: 'trades that repeat one to a client that resumes',
    subject: rewired(tradesSubject({ snapshot: 3 }), (trades) => ({
      since: (state, epoch, seq) => trades.since?.(state, epoch, seq - 1),
    })),
    breach: /expected trades after/,
  },
  {
    name: 'trades that drop one',
    subject: rewired(
      tradesSubject({ snapshot: 3 }),
      onDiff(({ trades, ...rest }: TradesUpdate) => ({ ...rest, trades: trades.slice(-1) })),
    ),
    breach: /expected \d+ trades|not all there were/,
  },
  {
    name: 'trades that do not tell what a slow client lost',
    subject: rewired(tradesSubject({ snapshot: 3 }), (trades) => ({
      since(state, epoch, seq) {
        const update = trades.since?.(state, epoch, seq) as TradesUpdate | undefined
        if (update === undefined) return undefined
        const { lost: _, ...rest } = update
        return rest as ViewUpdate
      },
    })),
    breach: /expected \d+ trades/,
  },
  {
    name: 'trades that forget an epoch that ended unpublished',
    subject: rewired(tradesSubject({ snapshot: 3 }), (trades) => ({
      diff: (state) => trades.diff(Object.assign(state as TradesState, { orphans: 0 })),
    })),
    breach: /not all there were/,
  },
  {
    name: 'a trades client that takes a snapshot for news',
    subject: rewired(tradesSubject({ snapshot: 3 }), (trades) => ({
      apply(view: TradesView, update) {
        trades.apply(view, update)
        view.added = (update as TradesUpdate).trades.length
      },
    })),
    breach: /trade \d+ came after trade \d+/,
  },
  {
    name: 'candles that send only the newest bar',
    subject: rewired(
      candlesSubject({ interval: '1s', bars: 5 }),
      onDiff(({ candles, ...rest }: CandlesUpdate) => ({ ...rest, candles: candles.slice(-1) })),
    ),
    breach: /a client shows something else/,
  },
  {
    name: 'a ticker that does not look at trades',
    subject: rewired(tickerSubject, (ticker) => ({
      accept: (state, event) => event.kind !== 'trade' && ticker.accept(state, event),
    })),
    breach: /the view moved and nothing was published/,
  },
  {
    name: 'a status that tells a state once and never its reason',
    subject: rewired(
      statusSubject,
      onDiff(({ reason: _, ...rest }: { reason?: string }) => rest),
    ),
    breach: /a client shows something else/,
  },
]

test.each(BROKEN)('the law is broken by $name', ({ subject, breach }) => {
  const law = fc.property(schedules, (schedule) => obey(subject as Subject<unknown, unknown>, schedule))
  const { failed, errorInstance } = fc.check(law, { numRuns: 2_000, endOnFailure: true })
  expect(failed).toBe(true)
  expect(String(errorInstance)).toMatch(breach)
})

type Wire<View> = Channel<unknown, unknown, ViewUpdate, View>

/** The subject with part of its channel replaced. */
function rewired<Params, View>(
  subject: Subject<Params, View>,
  change: (channel: Wire<View>) => Partial<Wire<View>>,
): Subject<Params, View> {
  const channel = subject.channel as Wire<View>
  return { ...subject, channel: { ...channel, ...change(channel) } as typeof subject.channel }
}

function onDiff<Update, View>(edit: (update: Update) => unknown): (channel: Wire<View>) => Partial<Wire<View>> {
  return (channel) => ({
    diff(state) {
      const update = channel.diff(state)
      return update && (edit(update as Update) as ViewUpdate)
    },
  })
}

function withoutDeletes(update: BookUpdate): BookUpdate {
  const keep = (levels: BookView['bids']) => levels.filter((_, i) => levels[i - (i % 2) + 1] !== 0)
  return { ...update, bids: keep(update.bids as number[]), asks: keep(update.asks as number[]) }
}
