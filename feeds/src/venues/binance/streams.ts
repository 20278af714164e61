/**
 * What is heard of each symbol: every change of the book, its best 20 levels and its best level as second sources, trades, and the day's figures.
 *
 * `trade` rather than `aggTrade`: one event a trade, with ids that count up by one.
 */
export const STREAMS = ['depth@100ms', 'depth20@100ms', 'bookTicker', 'trade', 'miniTicker'] as const

/** A connection may have this many, and a message from us may come 5 times a second. Source: web-socket-streams.md, "Websocket Limits". */
export const MOST_STREAMS = 1_024

/** Stream names are in lower case, symbols in payloads in upper case. */
export function streamsOf(venueSymbol: string): readonly string[] {
  return STREAMS.map((stream) => `${venueSymbol.toLowerCase()}@${stream}`)
}

/** The symbol that a stream's name begins with; undefined where there is none. */
export function symbolOfStream(stream: unknown): string | undefined {
  if (typeof stream !== 'string') return undefined
  const end = stream.indexOf('@')
  return end <= 0 ? undefined : stream.slice(0, end).toUpperCase()
}
