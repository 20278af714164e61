import { type Capture, type CaptureRecord, FeedConfigError, linkOf } from '@depthcast/feeds'

/** One socket of a recording, opened again after each close: a take is what happened from one open to the next. */
export type RecordedSocket = {
  readonly capture: Capture
  readonly connection: string
  /** Sockets of one link took over from each other, in their order. */
  readonly link: string
  readonly url: URL
  /** A question asked beside a stream: clients that just listen are not given it. */
  readonly isProbe: boolean
  /** What was first sent on it, which tells apart sockets of one address. */
  firstSent: string | undefined
  takes: number
}

export type RecordedReply = Extract<CaptureRecord, { kind: 'http' }>

/** A reply is waited for where the recorder got it within this much of where the recording stands. */
const AHEAD_US = 5_000_000

/** What recordings can answer: their sockets by address, and their REST replies by address and time. */
export class RecordedVenue {
  readonly sockets: readonly RecordedSocket[]
  readonly #replies: readonly (RecordedReply & { readonly parsed: URL })[]
  readonly venues: ReadonlySet<string>
  /** Of the longest recording, µs. */
  readonly length: number

  /** Reads the recordings through. Throws FeedConfigError for one without a socket. */
  constructor(captures: readonly Capture[]) {
    const replies: (RecordedReply & { readonly parsed: URL })[] = []
    const venues = new Set<string>()
    let length = 0
    const sockets = captures.flatMap((capture) => {
      const found = new Map<string, RecordedSocket>()
      let began: number | undefined
      for (const record of capture.records()) {
        if (record.kind === 'header') {
          if (record.venue !== undefined) venues.add(record.venue)
          continue
        }
        began ??= record.at
        length = Math.max(length, record.at - began)
        if (record.kind === 'http') replies.push({ ...record, parsed: new URL(record.url) })
        if (record.kind === 'open') opened(found, capture, record)
        if (record.kind === 'sent') {
          const socket = found.get(record.connection)
          if (socket !== undefined) socket.firstSent ??= record.text
        }
      }
      if (found.size === 0) throw new FeedConfigError(`${capture.file}: no socket was opened in this recording`)
      return [...found.values()]
    })
    this.sockets = sockets
    this.#replies = replies
    this.venues = venues
    this.length = length
  }

  /** Sockets of this path, those with the same query first, questions last. */
  socketsAt(path: string, search: string): readonly RecordedSocket[] {
    const there = this.sockets.filter(({ url }) => url.pathname === path)
    const same = there.filter(({ url }) => sameQuery(url.search, search))
    const listed = same.length > 0 ? same : there
    return [...listed.filter(({ isProbe }) => !isProbe), ...listed.filter(({ isProbe }) => isProbe)]
  }

  /**
   * The reply to a request at this point of the recording, µs since 1970: the first the recorder got from there on, if it soon did, else the
   * last before. Undefined where it never asked for this path, or not of this symbol.
   */
  replyAt(url: URL, position: number): RecordedReply | undefined {
    const there = this.#replies.filter(({ parsed }) => parsed.pathname === url.pathname && sameSubject(parsed, url))
    const most = Math.max(...there.map(({ parsed }) => agreement(parsed, url)))
    const best = there.filter(({ parsed }) => agreement(parsed, url) === most)
    const next = best.find(({ at }) => at >= position)
    if (next !== undefined && next.at - position <= AHEAD_US) return next
    return best.findLast(({ at }) => at < position) ?? next
  }

  /** Paths a client may ask for. */
  get paths(): readonly string[] {
    return [
      ...new Set([
        ...this.sockets.map(({ url }) => url.pathname),
        ...this.#replies.map(({ parsed }) => parsed.pathname),
      ]),
    ]
  }
}

/** What happened on a socket in its nth take, after its open. Scans from the file's beginning, and says `undefined` now and then meanwhile. */
export function* takeOf({ capture, connection }: RecordedSocket, number: number): Generator<CaptureRecord | undefined> {
  let take = -1
  let scanned = 0
  for (const record of capture.records()) {
    if (++scanned % SCANNED_AT_ONCE === 0) yield undefined
    if (!('connection' in record) || record.connection !== connection) continue
    if (record.kind === 'open') take++
    else if (take === number) yield record
    if (take > number || (take === number && record.kind === 'closed')) return
  }
}

const SCANNED_AT_ONCE = 2000

function opened(
  found: Map<string, RecordedSocket>,
  capture: Capture,
  { connection, url, probe }: Extract<CaptureRecord, { kind: 'open' }>,
): void {
  const socket = found.get(connection)
  if (socket !== undefined) socket.takes++
  else {
    const isProbe = probe !== undefined
    const link = `${capture.file} ${linkOf(connection)}`
    found.set(connection, { capture, connection, link, url: new URL(url), isProbe, firstSent: undefined, takes: 1 })
  }
}

function sameQuery(one: string, other: string): boolean {
  return decodeURIComponent(one) === decodeURIComponent(other)
}

/** Parameters that say what a request is about: a reply about another is no answer, one about all is. */
const SUBJECTS = ['symbol', 'symbols', 'pair', 'product_id']

function sameSubject(recorded: URL, asked: URL): boolean {
  return SUBJECTS.every((name) => {
    const subject = recorded.searchParams.get(name)
    return subject === null || subject === asked.searchParams.get(name)
  })
}

/** How many parameters are the same. */
function agreement(recorded: URL, asked: URL): number {
  let same = 0
  for (const [name, value] of asked.searchParams) if (recorded.searchParams.get(name) === value) same++
  return same
}
