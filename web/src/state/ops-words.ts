import { type Described, describeState } from './describe.ts'
import type { Polled } from './ops.ts'

/** How a panel of the gateway's own figures stands; `text` is what it says of itself while all is well. */
export function describePolled<Report>(
  { report, takenAt, trouble }: Polled<Report>,
  now: number,
  text = '',
): Described {
  if (trouble === undefined)
    return report === undefined ? { tone: 'busy', glyph: '○', text: 'asking…' } : { tone: 'calm', glyph: '✓', text }
  if (trouble.kind === 'refused') return describeState({ kind: 'refused', code: trouble.code, reason: trouble.reason })
  // Old figures stay to be read, and say from when they are.
  const since = takenAt ?? trouble.since
  return describeState({ kind: 'stale', since, retryInMs: trouble.retryAt - now })
}
