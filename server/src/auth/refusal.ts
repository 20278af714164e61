import { ProtocolError } from '@depthcast/protocol'

/** Why someone may not come in: what the metric counts and the message begins with. */
export type RefusalReason =
  | 'missing'
  | 'malformed'
  | 'unknown'
  | 'expired'
  | 'signature'
  | 'claims'
  | 'origin'
  /** Ours, not theirs: the keys that would tell cannot be had. */
  | 'unavailable'

/** Someone may not come in: 401, 403 for the page's origin, 503 where we cannot tell yet. The message never holds what was presented. */
export class Refusal extends ProtocolError {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, sentence: string, options: { readonly cause?: unknown } = {}) {
    super(SLUGS[reason] ?? 'unauthorized', `${reason}: ${sentence}`, options)
    this.reason = reason
  }
}

const SLUGS: Partial<Record<RefusalReason, 'forbidden' | 'not-ready'>> = {
  origin: 'forbidden',
  unavailable: 'not-ready',
}
