import { timingSafeEqual } from 'node:crypto'
import { digest } from './api-keys.ts'
import { KeptFile, type Surroundings } from './kept-file.ts'
import { Refusal } from './refusal.ts'

/** Short enough to remember is short enough to guess. */
const MIN_TOKEN = 32
const HASHED = /^sha256:([0-9a-f]{64})$/

/** The operators' one token: what opens the admin routes. */
export class OperatorToken {
  readonly #file: KeptFile<Buffer>

  /** Throws ConfigError for a file that holds no such token. */
  constructor(path: string, surroundings: Surroundings) {
    this.#file = new KeptFile(path, readDigest, surroundings)
  }

  /** Returns for the right token. Throws Refusal: missing, unknown. */
  check(token: string | undefined): void {
    if (token === undefined) throw new Refusal('missing', "this is the operators' page: it wants their token")
    if (!timingSafeEqual(digest(token), this.#file.content)) throw new Refusal('unknown', "not the operators' token")
  }
}

/** A line with the token, or `sha256:` and its digest. Throws Error for anything else, without what it is. */
function readDigest(text: string): Buffer {
  const line = text.trim()
  const [, hex] = HASHED.exec(line) ?? []
  if (hex !== undefined) return Buffer.from(hex, 'hex')
  if (!/^[\x21-\x7e]*$/.test(line)) throw new Error('one line with a token, or sha256: and its digest, is expected')
  if (line.length < MIN_TOKEN)
    throw new Error(`a token of ${line.length} characters, at least ${MIN_TOKEN} are needed; --new-key makes one`)
  return digest(line)
}
