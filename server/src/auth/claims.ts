import { CHANNEL_NAMES } from '@depthcast/protocol'
import { z } from 'zod'
import type { Entitlements } from './identity.ts'

/** What may be said of a client's entitlements, in a keys file and in a token's `depthcast` claim alike. What is left out is not limited. */
export const ENTITLEMENT_FIELDS = {
  symbols: z
    .array(z.string().regex(/^[\w:.*-]{1,64}$/))
    .min(1)
    .max(1000)
    .optional(),
  channels: z.array(z.enum(CHANNEL_NAMES)).min(1).optional(),
  maxDepth: z.union([z.literal('all'), z.int().min(1)]).optional(),
  minRateMs: z.int().min(0).max(3_600_000).optional(),
  connections: z.int().min(1).optional(),
}

const ALLOWED: Readonly<Record<keyof typeof ENTITLEMENT_FIELDS, string>> = {
  symbols: '1 to 1000 patterns such as "kraken:*"',
  channels: `some of ${CHANNEL_NAMES.join(', ')}`,
  maxDepth: 'a whole number from 1 up, or "all"',
  minRateMs: 'a whole number of milliseconds from 0 to 3600000',
  connections: 'a whole number from 1 up',
}

/** What each field may be, in words; `claim` for the whole. */
type Allowed = Readonly<Record<string, string>> & { readonly claim?: string }

const CLAIM = z.strictObject(ENTITLEMENT_FIELDS)

export type Claims = z.infer<typeof CLAIM>

/** Reads a token's claim; nothing at all is no limit. Throws Error naming the field and what it may be, never what it was. */
export function readClaims(claim: unknown): Claims {
  if (claim === undefined) return {}
  const { data, error } = CLAIM.safeParse(claim)
  if (data !== undefined) return data
  throw new Error(faultOf(error, { claim: 'a map of entitlements' }))
}

/** The first thing wrong, in one sentence: the field by its name where we know it, and what it may be. */
export function faultOf({ issues }: z.ZodError, others: Allowed): string {
  const [issue] = issues
  const allowed: Allowed = { ...ALLOWED, ...others }
  const field = issue?.path[0]
  if (typeof field === 'string') return `${field} must be ${allowed[field] ?? 'something else'}`
  if (issue?.code === 'unrecognized_keys') {
    const fields = Object.keys(allowed).filter((name) => name !== 'claim')
    return `a field is not one of ${fields.join(', ')}`
  }
  return `it must be ${others.claim ?? 'a map of fields'}`
}

export function entitlementsOf({ symbols, channels, maxDepth, minRateMs, connections }: Claims): Entitlements {
  return {
    symbols: symbols ?? ['*'],
    channels: channels ?? CHANNEL_NAMES,
    maxDepth: maxDepth ?? 'all',
    minRateMs: minRateMs ?? 0,
    ...(connections === undefined ? {} : { connections }),
  }
}
