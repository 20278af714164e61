import type { InstrumentId } from '@depthcast/market'
import type { CaptureRecord } from './capture.ts'
import { linkOf } from './succession.ts'
import type { Recorded } from './survey.ts'
import type { Protocol, Venue } from './venue.ts'

/** A recorded connection of a venue; `name` is what the recording calls it. */
export type ReplayedConnection = { readonly venue: Venue; readonly name: string }

/** A recorded connection, and the protocol that plays it. */
export type Player = ReplayedConnection & {
  readonly link: string
  readonly instruments: readonly InstrumentId[]
  readonly protocol: Protocol
  isOpen: boolean
  /** It was let go: nothing is heard of it any more. */
  isGone: boolean
}

/** Who plays a socket that was opened; undefined where nothing of it is wanted. */
export function playerOf(
  { connection: name, url, venue }: Extract<CaptureRecord, { kind: 'open' }>,
  recorded: readonly Recorded[],
): Player | undefined {
  const part = recorded.find((one) => one.venue.id === venue || one.venue.recognises?.(url) === true)
  if (part === undefined) return undefined
  const link = linkOf(name)
  const own = part.links?.get(link)
  const instruments = own === undefined ? part.instruments : part.instruments.filter(({ id }) => own.has(id))
  if (instruments.length === 0) return undefined
  const protocol = part.venue.protocol({ venue: part.venue.id, url, instruments, options: part.options ?? {} })
  const ids = instruments.map(({ id }) => id)
  return { name, link, venue: part.venue, instruments: ids, protocol, isOpen: false, isGone: false }
}
