import type { Channel } from './channel.ts'
import { ProtocolError } from './errors.ts'
import type { Position, SubId } from './wire.ts'

/** A resume token taken apart: the gateway's signed ticket, and where the client stands in each view it had, by the `sub` it had there. */
export type ResumeToken = { readonly ticket: string; readonly positions: ReadonlyMap<SubId, Position> }

/** Most characters of a resume token. */
export const RESUME_LENGTH = 65_536

/** Writes a resume token, `<ticket>~<sub>.<epoch>.<seq>,…`. A view without epochs has 0 for it, and one of which nothing came is left out. */
export function printResume({ ticket, positions }: ResumeToken): string {
  const places: string[] = []
  for (const [sub, [epoch, seq]] of positions) places.push(`${sub}.${epoch}.${seq}`)
  return `${ticket}~${places.join(',')}`
}

/** Takes a resume token apart. Nothing of the ticket is checked but its letters. Throws ProtocolError 400 for anything else. */
export function readResume(text: string): ResumeToken {
  const parts = text.length > RESUME_LENGTH ? undefined : FORM.exec(text)
  if (!parts) throw refused('it must be <ticket>~<sub>.<epoch>.<seq>,…')
  const [, ticket = '', places = ''] = parts
  const positions = new Map<SubId, Position>()
  if (places === '') return { ticket, positions }
  for (const place of places.split(',')) {
    const [sub, epoch, seq] = place.split('.').map(Number) as [number, number, number]
    if (!(isExact(sub) && isExact(epoch) && isExact(seq)) || sub === 0) throw refused('a position is out of range')
    if (positions.has(sub)) throw refused(`sub ${sub} stands at two positions`)
    positions.set(sub, [epoch, seq])
  }
  return { ticket, positions }
}

/**
 * How a client that has folded all up to `held` goes on with a view: `current` when it holds what was last published, an update that continues
 * what it holds, or undefined when only a whole message helps.
 */
export function resumeAt<State, Update>(
  channel: Pick<Channel<never, State, Update, never>, 'position' | 'since'>,
  state: State,
  [epoch, seq]: Position,
): 'current' | Update | undefined {
  const published = channel.position(state)
  if (published !== undefined && published[0] === epoch && published[1] === seq) return 'current'
  return channel.since?.(state, epoch, seq)
}

const FORM = /^([\w.-]{1,65534})~((?:\d{1,16}\.\d{1,16}\.\d{1,16}(?:,\d{1,16}\.\d{1,16}\.\d{1,16})*)?)$/

const isExact = Number.isSafeInteger

function refused(why: string): ProtocolError {
  return new ProtocolError('bad-request', `the resume token cannot be read: ${why}`)
}
