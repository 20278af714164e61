import { readFileSync } from 'node:fs'
import { ConfigError } from '../command-line.ts'
import { sentenceOf } from './kept-file.ts'

const MIN_SECRET = 32

/** The one line of a file that holds a secret. Throws ConfigError for a file that cannot be read, or holds less than 32 characters. */
export function readSecret(path: string): string {
  let secret: string
  try {
    secret = readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new ConfigError(`${path}: ${sentenceOf(error)}`)
  }
  if (secret.length >= MIN_SECRET) return secret
  throw new ConfigError(`${path}: a secret of ${secret.length} characters, at least ${MIN_SECRET} are needed`)
}
