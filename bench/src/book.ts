import { Book } from '@depthcast/market'
import { type Bench, BenchError, type Report } from './bench.ts'
import { type LevelStream, levelStream } from './level-stream.ts'
import { measure, median, type Run } from './measure.ts'
import { type CcxtBook, loadPeers, type Peers, type TardisChange, type TardisLevel } from './peers.ts'

const SEED = 20_261_120
const UPDATES = 1_000_000
const LEVELS = 1000
const REPEATS = 5

/** Level updates a second of our book and of the books of tardis-dev and ccxt, on one stream, taking turns. */
export const bookBench: Bench = {
  name: 'book',
  summary: 'order books: level updates a second beside tardis-dev and ccxt, and the garbage each makes',
  async run(log) {
    const peers = await loadPeers(log)
    const stream = levelStream({ seed: SEED, updates: UPDATES, levels: LEVELS })
    const contenders = [depthcast(stream), tardis(stream, peers), ccxt(stream, peers)]
    const runs = new Map<Contender, Run[]>(contenders.map((contender) => [contender, []]))
    // The first round is for the compiler and is not counted.
    for (let round = 0; round <= REPEATS; round++) {
      log(round === 0 ? 'warming up' : `round ${round} of ${REPEATS}`)
      for (const contender of contenders) {
        contender.reset()
        const run = await measure(contender.replay)
        if (round > 0) runs.get(contender)!.push(run)
      }
      requireEqual(contenders, round)
    }
    return [
      report(
        stream,
        peers,
        contenders.map((contender) => summary(contender, runs.get(contender)!)),
      ),
    ]
  },
}

/**
 * A book under test: `reset` puts the snapshot in, `replay` folds the whole stream, `levels` reads it out, best first.
 *
 * The replays count through their lists: `for…of` makes an object a turn until the compiler's last tier, and that would be counted as theirs.
 */
type Contender = { readonly name: string; reset(): void; replay(): void; levels(): readonly number[] }
type Summary = {
  readonly name: string
  readonly updatesPerSecond: number
  readonly slowest: number
  readonly fastest: number
  readonly collections: number
  readonly bytesPerUpdate: number
}

function depthcast({ snapshot, messages }: LevelStream): Contender {
  const book = new Book()
  return {
    name: 'depthcast',
    reset: () => book.replace(snapshot.bids, snapshot.asks),
    replay: () => {
      for (let at = 0; at < messages.length; at++) book.apply(messages[at]!.bids, messages[at]!.asks)
    },
    levels: () => [...book.bids(), ...book.asks()],
  }
}

function tardis({ snapshot, messages }: LevelStream, peers: Peers): Contender {
  const book = new peers.tardis.OrderBook()
  const whole = tardisChange(snapshot, true)
  const changes = messages.map((message) => tardisChange(message, false))
  return {
    name: 'tardis-dev',
    reset: () => book.update(whole),
    replay: () => {
      for (let at = 0; at < changes.length; at++) book.update(changes[at]!)
    },
    levels: () => [...book.bids(), ...book.asks()].flatMap(({ price, amount }) => [price, amount]),
  }
}

function tardisChange({ bids, asks }: LevelStream['snapshot'], isSnapshot: boolean): TardisChange {
  const levels = (flat: readonly number[]): TardisLevel[] =>
    pairs(flat).map(([price = 0, amount = 0]) => ({ price, amount }))
  return { isSnapshot, bids: levels(bids), asks: levels(asks) }
}

function ccxt({ snapshot, messages }: LevelStream, peers: Peers): Contender {
  const book: CcxtBook = new peers.ccxt.OrderBook({ symbol: 'BTC/USD' })
  return {
    name: 'ccxt',
    reset: () => book.reset({ bids: pairs(snapshot.bids), asks: pairs(snapshot.asks) }),
    replay: () => {
      for (let message = 0; message < messages.length; message++) {
        const { bids, asks } = messages[message]!
        for (let at = 0; at < bids.length; at += 2) book.bids.store(bids[at]!, bids[at + 1]!)
        for (let at = 0; at < asks.length; at += 2) book.asks.store(asks[at]!, asks[at + 1]!)
      }
    },
    levels: () => [...book.bids, ...book.asks].flat(),
  }
}

function pairs(flat: readonly number[]): number[][] {
  return Array.from({ length: flat.length / 2 }, (_, level) => [flat[level * 2]!, flat[level * 2 + 1]!])
}

/** A comparison of books that do not hold the same is void. */
function requireEqual(contenders: readonly Contender[], round: number): void {
  const [ours, ...others] = contenders.map((contender) => ({ name: contender.name, levels: contender.levels() }))
  for (const other of others) {
    const length = Math.max(ours!.levels.length, other.levels.length)
    for (let at = 0; at < length; at++) {
      if (ours!.levels[at] === other.levels[at]) continue
      throw new BenchError(
        'BENCH_VOID',
        `the comparison is void: after round ${round}, number ${at} of the levels is ${ours!.levels[at]} in ${ours!.name} and ${other.levels[at]} in ${other.name}`,
      )
    }
  }
}

function summary({ name }: Contender, runs: readonly Run[]): Summary {
  const rates = runs.map(({ seconds }) => UPDATES / seconds)
  return {
    name,
    updatesPerSecond: median(rates),
    slowest: Math.min(...rates),
    fastest: Math.max(...rates),
    collections: runs.reduce((sum, { collections }) => sum + collections, 0),
    // The least: a round in which the compiler was at work has its allocations too.
    bytesPerUpdate: Math.min(...runs.map(({ bytes }) => bytes)) / UPDATES,
  }
}

function report(stream: LevelStream, { versions }: Peers, summaries: readonly Summary[]): Report {
  const [ours, tardisDev, ccxtPro] = summaries as [Summary, Summary, Summary]
  const { deletes, inserts, changes, unknown } = stream.counts
  const share = (count: number) => `${((count * 100) / stream.updates).toFixed(0)} %`
  const overTardis = ours.updatesPerSecond / tardisDev.updatesPerSecond
  const overCcxt = ours.updatesPerSecond / ccxtPro.updatesPerSecond
  return {
    title: 'Order books: level updates a second, CPU time of one core',
    conditions: [
      `${stream.updates} updates in ${stream.messages.length} messages on ${LEVELS} levels a side, seed ${SEED}: ${share(deletes)} remove, ${share(inserts)} insert, ${share(changes)} change, ${share(unknown)} remove what is not there`,
      `${REPEATS} rounds taking turns in one process, medians; inputs built beforehand in each book's own form, prices and quantities as whole numbers for all; after every round all three hold the same levels`,
    ],
    columns: ['book', 'version', 'updates/s', 'slowest … fastest', 'depthcast is', 'collections', 'bytes/update'],
    rows: summaries.map((each) => [
      each.name,
      versions[each.name] ?? 'this tree',
      millions(each.updatesPerSecond),
      `${millions(each.slowest)} … ${millions(each.fastest)}`,
      `${(ours.updatesPerSecond / each.updatesPerSecond).toFixed(1)} ×`,
      String(each.collections),
      each.bytesPerUpdate.toFixed(2),
    ]),
    targets: [
      { claim: 'at least 3 × tardis-dev', measured: `${overTardis.toFixed(1)} ×`, met: overTardis >= 3 },
      { claim: 'at least 30 × ccxt', measured: `${overCcxt.toFixed(1)} ×`, met: overCcxt >= 30 },
      {
        claim: 'no garbage while updating',
        measured: `${ours.collections} collections, ${ours.bytesPerUpdate.toFixed(2)} bytes an update, over ${REPEATS * UPDATES} updates`,
        met: ours.collections === 0 && ours.bytesPerUpdate < 1,
      },
    ],
    measured: { seed: SEED, updates: UPDATES, levels: LEVELS, repeats: REPEATS, counts: stream.counts, summaries },
  }
}

function millions(perSecond: number): string {
  return `${(perSecond / 1e6).toFixed(2)} M`
}
