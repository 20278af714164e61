import { type Detector, type Expectation, FAULT_VENUES } from './fault.ts'
import { FAULTS } from './table.ts'

/** In words, what notices. */
export const DETECTORS: Readonly<Record<Detector, string>> = {
  FEED_TRANSPORT: 'the socket or the request failed',
  FEED_AUTH: 'the venue wants a key or refuses us',
  FEED_RATE_LIMITED: 'the venue says it is too much',
  FEED_SUBSCRIBE_REFUSED: 'the venue refuses the subscription',
  FEED_PROTOCOL: 'a frame cannot be read',
  FEED_SEQUENCE_GAP: 'the update ids do not follow',
  FEED_CHECKSUM_MISMATCH: "the venue's checksum is not the book's",
  FEED_CROSSED_BOOK: 'the best bid is not below the best ask',
  FEED_ORACLE_MISMATCH: 'a second source says otherwise',
  FEED_SEED_MISMATCH: 'the snapshot does not join the stream',
  FEED_STALE: 'silence',
  FEED_UPSTREAM: 'the venue says so',
  FEED_OVERFLOW: 'more came than is kept',
  FEED_CLOCK: "the venue's clock was set",
  FEED_CONFIG: 'the settings',
  harmless: 'nothing: the book must stay right',
  gap: 'the book is told lost and taken anew',
  'asked-again': 'what does not come is asked for again',
  halted: 'the state of the instrument',
  'trade-gap': 'the ids of the trades',
}

/** Every fault, what it does, and at each venue what must notice it or why it cannot happen. */
export function faultList(): string {
  const lines = FAULTS.flatMap(({ name, does, at }) => [
    name.padEnd(20) + does,
    ...FAULT_VENUES.map((venue) => `${' '.repeat(20)}${venue.padEnd(10)}${expected(at[venue])}`),
  ])
  return `${lines.join('\n')}\n`
}

/** For programs: one object a fault. */
export function faultJson(): string {
  return FAULTS.map(({ name, layer, does, at }) => `${JSON.stringify({ name, layer, does, at })}\n`).join('')
}

function expected(expectation: Expectation): string {
  if ('impossible' in expectation) return `cannot happen: ${expectation.impossible}`
  return expectation.detectors.map((detector) => DETECTORS[detector]).join(', or ')
}
