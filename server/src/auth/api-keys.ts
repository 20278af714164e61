import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { ENTITLEMENT_FIELDS, entitlementsOf, faultOf } from './claims.ts'
import type { Identity } from './identity.ts'
import { KeptFile, type Surroundings } from './kept-file.ts'
import { Refusal } from './refusal.ts'

/** What every key begins with: easy to find for whoever searches a repository or a log for leaked ones. */
export const KEY_PREFIX = 'dc_'
export const KEY_NAME = /^[\w.@-]{1,64}$/
export const KEY_NAME_ALLOWED = '1 to 64 letters, digits and .@_-'
const KEY = /^dc_[\w-]{43}$/

/** A new key, and the line that lets it in. */
export type NewKey = { readonly key: string; readonly line: string }

/** 256 random bits. The line holds their digest: who reads the file cannot connect with what is in it. */
export function newKey(name: string): NewKey {
  const key = KEY_PREFIX + randomBytes(32).toString('base64url')
  const line = { name, sha256: digest(key).toString('hex'), symbols: ['*'] }
  return { key, line: JSON.stringify(line) }
}

/**
 * A plain SHA-256, and not one of the slow hashes made for passwords: those buy time against guessing, and 256 random bits cannot be guessed.
 * Slow here would only mean that strangers can keep the gateway busy.
 */
export function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** A file of keys, one a line. */
export class ApiKeys {
  readonly #file: KeptFile<ReadonlyMap<string, Entry>>
  readonly #surroundings: Surroundings

  /** Throws ConfigError for a file that cannot be read, naming the line. */
  constructor(path: string, surroundings: Surroundings) {
    this.#file = new KeptFile(path, readKeys, surroundings)
    this.#surroundings = surroundings
  }

  /** Whose key this is. Throws Refusal: malformed, unknown, expired. */
  identify(key: string): Identity {
    if (!KEY.test(key)) throw new Refusal('malformed', `a key is ${KEY_PREFIX} and 43 characters`)
    const entry = this.#find(digest(key))
    if (entry === undefined) throw new Refusal('unknown', 'no such key')
    const { name, expires } = entry
    if (isOver(entry, this.#now())) throw new Refusal('expired', `this key was valid until ${expires}`)
    const found = Buffer.from(entry.sha256, 'hex')
    return {
      name: `key:${name}`,
      key: `key:${name}`,
      entitlements: entitlementsOf(entry),
      ...(expires === undefined ? {} : { expiresAt: Date.parse(expires) * 1000 }),
      isValid: () => {
        const now = this.#find(found)
        return now !== undefined && !isOver(now, this.#now())
      },
    }
  }

  /** By the digest, so what the search takes tells of digests, which open nothing. */
  #find(wanted: Buffer): Entry | undefined {
    const entry = this.#file.content.get(wanted.toString('hex'))
    return entry !== undefined && timingSafeEqual(Buffer.from(entry.sha256, 'hex'), wanted) ? entry : undefined
  }

  #now(): number {
    return this.#surroundings.clock.now()
  }
}

function isOver({ expires }: Entry, now: number): boolean {
  return expires !== undefined && Date.parse(expires) * 1000 <= now
}

/** The keys by their digests. Throws Error naming the line that will not do; lines that are empty or begin with # say nothing. */
function readKeys(text: string): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>()
  const names = new Set<string>()
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const entry = readLine(line, index + 1)
    if (names.has(entry.name)) throw new Error(`line ${index + 1}: there is another key of the name ${entry.name}`)
    if (entries.has(entry.sha256)) throw new Error(`line ${index + 1}: ${entry.name} has the key of another line`)
    names.add(entry.name)
    entries.set(entry.sha256, entry)
  }
  return entries
}

function readLine(line: string, number: number): Entry {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    throw new Error(`line ${number}: not JSON; --new-key makes such a line`)
  }
  const { data, error } = ENTRY.safeParse(json)
  if (data !== undefined) return data
  throw new Error(`line ${number}: ${faultOf(error, FIELDS)}`)
}

const ENTRY = z.strictObject({
  name: z.string().regex(KEY_NAME),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  expires: z.iso.datetime({ offset: true }).optional(),
  ...ENTITLEMENT_FIELDS,
})

const FIELDS = {
  name: KEY_NAME_ALLOWED,
  sha256: "the key's SHA-256 in 64 hexadecimal digits",
  expires: 'a time such as 2030-01-31T00:00:00Z',
}

type Entry = z.infer<typeof ENTRY>
