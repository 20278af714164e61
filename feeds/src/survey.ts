import type { Instrument, InstrumentId } from '@depthcast/market'
import type { CaptureRecord } from './capture.ts'
import type { Capture } from './capture-files.ts'
import { FeedConfigError, VenueProtocolError } from './errors.ts'
import { linkOf } from './succession.ts'
import type { HttpReply, Venue, VenueOptions } from './venue.ts'
import { VENUES } from './venues/index.ts'

/** What a recording holds of one venue. */
export type Recorded = {
  readonly venue: Venue
  readonly instruments: readonly Instrument[]
  /** As the recorder had them: the depth that its books were subscribed to. */
  readonly options?: VenueOptions
  /** By the name of a link: whose instruments it brought, where that could be told and there were several. */
  readonly links?: ReadonlyMap<string, ReadonlySet<InstrumentId>>
}

/**
 * Reads a recording through, to learn whose it is and which instruments are in it.
 *
 * Instruments come from the venue's directory where its reply was recorded, else from the numbers in the frames. Throws FeedConfigError when a
 * line cannot be read, when a socket's address belongs to no venue we speak, and when no instrument is found.
 */
export function survey(capture: Capture): readonly Recorded[] {
  const venues = new Map<string, Venue>()
  const options: { depth?: number } = {}
  const replies: HttpReply[] = []
  for (const record of capture.records()) {
    if (record.kind === 'open' && record.probe === undefined) venues.set(record.connection, venueOf(capture, record))
    if (record.kind === 'header' && record.depth !== undefined) options.depth = record.depth
    if (record.kind === 'http') replies.push({ id: '', url: record.url, status: record.status, body: record.body })
  }
  if (venues.size === 0) throw new FeedConfigError(`${capture.file}: no socket was opened in this recording`)
  return [...new Set(venues.values())].map((venue) => {
    const connections = [...venues].flatMap(([name, other]) => (other === venue ? [name] : []))
    const instruments = instrumentsOf(capture, venue, new Set(connections), replies)
    if (instruments.length === 0)
      throw new FeedConfigError(`${capture.file}: no instrument in this recording of ${venue.id}`)
    return { venue, instruments, options, links: linksOf(capture, venue, connections) }
  })
}

function venueOf(capture: Capture, { url, venue }: Extract<CaptureRecord, { kind: 'open' }>): Venue {
  const found = VENUES.find((candidate) => candidate.id === venue || candidate.recognises?.(url) === true)
  if (found === undefined) {
    const known = VENUES.filter((candidate) => candidate.recognises !== undefined).map((candidate) => candidate.id)
    throw new FeedConfigError(`${capture.file}: ${url} is no address of ${known.join(' or ')}`)
  }
  return found
}

function instrumentsOf(
  capture: Capture,
  venue: Venue,
  connections: ReadonlySet<string>,
  replies: readonly HttpReply[],
): readonly Instrument[] {
  const seen = venue.infer?.(framesOn(capture, connections), replies) ?? []
  const listed = new Map(directoryOf(venue, replies).map((instrument) => [instrument.id, instrument]))
  return seen.map((instrument) => listed.get(instrument.id) ?? instrument)
}

/** Which instruments each link's frames are about; nothing where there is but one link, which has them all. */
function linksOf(
  capture: Capture,
  venue: Venue,
  connections: readonly string[],
): ReadonlyMap<string, ReadonlySet<InstrumentId>> {
  const names = Map.groupBy(connections, linkOf)
  if (names.size < 2) return new Map()
  const links = [...names].map(([link, members]) => {
    const seen = venue.infer?.(framesOn(capture, new Set(members)), []) ?? []
    return [link, new Set(seen.map(({ id }) => id))] as const
  })
  return new Map(links.filter(([, ids]) => ids.size > 0))
}

function* framesOn(capture: Capture, connections: ReadonlySet<string>): Generator<string> {
  for (const record of capture.records()) {
    if (record.kind === 'frame' && connections.has(record.connection)) yield record.text
  }
}

function directoryOf(venue: Venue, replies: readonly HttpReply[]): readonly Instrument[] {
  const directory = venue.directory({})
  const found = directory.requests.map(({ url }) => replies.find((reply) => answerKey(reply.url) === answerKey(url)))
  if (found.length === 0 || found.some((reply) => reply === undefined)) return []
  try {
    return directory.parse(found as HttpReply[])
  } catch (error) {
    if (error instanceof VenueProtocolError) return []
    throw error
  }
}

/** What makes a recorded reply an answer: the same path and symbol. Host and limits may differ, the recorder had its own. */
export function answerKey(url: string): string {
  const { pathname, searchParams } = new URL(url)
  return `${pathname}?${searchParams.get('symbol') ?? searchParams.get('pair') ?? ''}`
}
