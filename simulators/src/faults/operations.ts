import type { Exchange, Listed } from '@depthcast/feeds/simulation'
import type { Surgery, WireLevel } from './surgery.ts'
import type { FaultName } from './table.ts'

/** One frame on its way, and what one must know to do wrong to it. */
export type Victim = {
  readonly text: string
  readonly surgery: Surgery
  readonly exchange: Exchange
  readonly listed: Listed
}

/**
 * What becomes of an update of a book: the frames that are sent in its place, or undefined where this update cannot show the fault, e.g. has no
 * level to corrupt; then the next one is asked.
 */
export const BOOK_OPERATIONS: Readonly<Partial<Record<FaultName, (victim: Victim) => readonly string[] | undefined>>> =
  {
    drop: () => [],
    duplicate: ({ text }) => [text, text],
    truncate: ({ text }) => [text.slice(0, Math.floor(text.length / 2))],
    'corrupt-price': (victim) => withBest(victim, (level) => ({ ...level, price: corrupted(level.price) })),
    'wrong-checksum': ({ text }) => {
      const wrong = text.replace(
        /("checksum":)(\d+)/,
        (_all, name: string, digits: string) => `${name}${Number(digits) ^ 1}`,
      )
      return wrong === text ? undefined : [wrong.replace(/("checksum":)-(\d+)/, '$1$2')]
    },
    'lossy-numbers': ({ text, surgery }) => [
      surgery.withLevels(
        text,
        surgery
          .levels(text)
          .map(({ side, price, quantity }) => ({ side, price: lossy(price), quantity: lossy(quantity) })),
      ),
    ],
    exponent: (victim) => withBest(victim, (level) => ({ ...level, quantity: `${level.quantity}e0` })),
    'unknown-field': ({ text }) => [text.replace('{', '{"surprise":[1,"x",null],')],
    'unknown-type': ({ text, surgery }) => [surgery.unknownFrame, text],
    'null-level': ({ text, surgery }) => {
      const [first] = surgery.levels(text)
      return first === undefined ? undefined : [text.replace(surgery.levelText(first), 'null')]
    },
    'same-price-twice': ({ text, surgery }) => {
      const levels = surgery.levels(text)
      const first = levels.find(({ quantity }) => !isZero(quantity))
      if (first === undefined) return undefined
      const before = { ...first, quantity: first.quantity.replace(/[1-9]/, (digit) => (digit === '9' ? '8' : '9')) }
      return [surgery.withLevels(text, [before, ...levels])]
    },
    'crossed-book': (victim) => withBid(victim, (ask) => ask + Math.ceil(ask / 32)),
    'locked-book': (victim) => withBid(victim, (ask) => ask),
    'empty-side': ({ text, surgery, exchange, listed }) => {
      const asks = exchange.levels(listed.symbol, 'ask')
      const gone: WireLevel[] = []
      for (let at = 0; at < asks.length; at += 2) {
        gone.push({ side: 'ask', price: surgery.price(asks[at]!, listed), quantity: surgery.quantity(0, listed) })
      }
      return [surgery.withLevels(text, [...surgery.levels(text), ...gone])]
    },
  }

/** The same for a frame of trades. */
export const TRADE_OPERATIONS: typeof BOOK_OPERATIONS = {
  'missed-trade': () => [],
  'unknown-side': ({ text }) => {
    const wrong = text.replace(/"side":"(?:buy|sell)"/, '"side":"none"')
    return wrong === text ? undefined : [wrong]
  },
}

/** Of the levels that stay in the book, the one nearest to the touch: there a second source sees it. */
function withBest({ text, surgery }: Victim, change: (level: WireLevel) => WireLevel): readonly string[] | undefined {
  const levels = surgery.levels(text)
  const staying = levels.filter((level, at) => !isZero(level.quantity) && isLast(levels, at))
  const [first] = staying
  if (first === undefined) return undefined
  const isBetter = (a: WireLevel, b: WireLevel): boolean =>
    a.side === 'bid' ? Number(a.price) > Number(b.price) : Number(a.price) < Number(b.price)
  const best = staying.reduce((one, other) => (one.side === other.side && isBetter(other, one) ? other : one), first)
  return [surgery.withLevels(text, levels.with(levels.indexOf(best), change(best)))]
}

/** True when nothing later in the update is about the same price. */
function isLast(levels: readonly WireLevel[], at: number): boolean {
  const { side, price } = levels[at]!
  return !levels.some((other, later) => later > at && other.side === side && other.price === price)
}

/** A bid at a price that follows from the best ask. */
function withBid(
  { text, surgery, exchange, listed }: Victim,
  at: (ask: number) => number,
): readonly string[] | undefined {
  const [ask] = exchange.levels(listed.symbol, 'ask', 1)
  if (ask === undefined) return undefined
  const price = surgery.price(at(ask), listed)
  return [
    surgery.withLevels(text, [...surgery.levels(text), { side: 'bid', price, quantity: surgery.quantity(7, listed) }]),
  ]
}

/** The last digit but zeros is another, so that the price stays on the grid. */
function corrupted(price: string): string {
  const at = Math.max(...[...price].map((char, index) => (/[1-9]/.test(char) ? index : -1)))
  return at < 0 ? price : `${price.slice(0, at)}${(Number(price[at]) % 9) + 1}${price.slice(at + 1)}`
}

function lossy(number: string): string {
  return number.includes('.') ? number.replace(/\.?0+$/, '') : number
}

function isZero(quantity: string): boolean {
  return !/[1-9]/.test(quantity)
}
