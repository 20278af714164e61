import { PROTOCOL_VERSION, type ResumedView, type Welcome } from '@depthcast/protocol'
import type { Session } from './session.ts'

/** What the protocol has gained since its beginnings. */
const FEATURES: readonly string[] = [
  'modify',
  'pause',
  'checksum',
  'alias',
  'unfiltered',
  'ack',
  'max-age',
  'since',
  'resume',
]

/** The first message of a session: who and what it speaks to, under which limits. */
export function welcomeOf({ id, context }: Session, resumed: readonly ResumedView[] | undefined): Welcome {
  const { clock, limits, node, heartbeatMs } = context
  return {
    type: 'welcome',
    protocol: PROTOCOL_VERSION,
    session: id,
    node,
    serverTime: clock.now(),
    limits,
    heartbeatMs,
    features: FEATURES,
    ...(resumed === undefined ? {} : { resumed }),
  }
}
