import { captureFiles } from './capture-files.ts'
import { FeedConfigError } from './errors.ts'
import type { Feed, FeedOptions } from './feed.ts'
import { Feeds } from './feeds.ts'
import { firstEpoch, Numbering } from './numbering.ts'
import { realWorld } from './outside.ts'
import { openReplay } from './replay-feed.ts'
import { choose, parseSymbols } from './symbols.ts'
import type { Venue } from './venue.ts'
import { VenueFeed } from './venue-feed.ts'
import { VENUES } from './venues/index.ts'

/** What `--feed` takes besides `replay:<files>`, the first of them the default. */
export const FEED_NAMES: readonly string[] = VENUES.map((venue) => venue.id)
export const DEFAULT_FEED = 'simulated'

const REPLAY = 'replay:'

/**
 * Makes a feed from an operator's words: `simulated`, `binance,coinbase`, `replay:<file>[,<file>…]`. Nothing runs until `start`.
 *
 * Throws FeedConfigError, whose message names what is allowed, for an unknown venue, a symbol that cannot be, and a recording that is missing
 * or cannot be read. A venue that cannot be reached is no error here: it is asked again for as long as the feed runs.
 */
export async function openFeeds(text: string, options: FeedOptions = {}): Promise<Feed> {
  const { clock, random } = options.outside ?? realWorld()
  const numbering = new Numbering(firstEpoch(clock.now() / 1000, random))
  if (text.startsWith(REPLAY)) return openReplay(captureFiles(text.slice(REPLAY.length)), numbering, options)
  const venues = venuesNamed(text)
  const choices =
    options.symbols === undefined
      ? undefined
      : parseSymbols(
          options.symbols,
          venues.map((venue) => venue.id),
        )
  if (choices !== undefined) {
    for (const venue of venues) {
      refuseUnknown(venue, venues.length === 1 ? choices : choices.filter((choice) => choice.venue === venue.id))
    }
  }
  return new Feeds(venues.map((venue) => new VenueFeed(venue, choices, numbering, options)))
}

function venuesNamed(text: string): readonly Venue[] {
  const names = [...new Set(text.split(',').map((name) => name.trim().toLowerCase()))]
  return names.map((name) => {
    if (name.startsWith(REPLAY)) {
      throw new FeedConfigError(`a replay runs alone: write ${REPLAY}<file>[,<file>…] without other feeds before it`)
    }
    const venue = VENUES.find((candidate) => candidate.id === name)
    if (venue === undefined) {
      throw new FeedConfigError(
        `feed '${name}' is unknown: ${FEED_NAMES.join(', ')} (several with commas), or replay:<file>[,<file>…]`,
      )
    }
    return venue
  })
}

/** Only a venue that knows its instruments without asking can be checked this early. */
function refuseUnknown(venue: Venue, choices: ReturnType<typeof parseSymbols>): void {
  const directory = venue.directory({})
  if (directory.requests.length > 0) return
  const instruments = directory.parse([])
  const { unknown } = choose(venue.id, instruments, choices)
  if (unknown.length === 0) return
  const known = instruments.map((instrument) => `${instrument.base}-${instrument.quote}`).join(', ')
  throw new FeedConfigError(`${venue.id} has no ${unknown.join(', ')}: it has ${known}`)
}
