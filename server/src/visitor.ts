import type { Identity } from './auth/identity.ts'

/** Who came through a door. */
export type Visitor = {
  readonly identity: Identity
  /** What the client calls itself. */
  readonly client?: string
  /** Its resume token. */
  readonly resume?: string
}
