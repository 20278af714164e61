import { DEPTHCAST_DIALECTS } from './depthcast-dialects.ts'
import type { Dialect } from './dialect.ts'
import { PEER_DIALECTS } from './peer-dialects.ts'

/** Every kind of server the load clients can speak to. */
const ALL = { ...DEPTHCAST_DIALECTS, ...PEER_DIALECTS }
export type DialectName = keyof typeof ALL
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = ALL
