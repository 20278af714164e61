import { readFileSync, statSync } from 'node:fs'
import type { Clock } from '../clock.ts'
import { ConfigError } from '../command-line.ts'
import type { Log } from '../logger.ts'

export type Surroundings = { readonly clock: Clock; readonly log: Log }

/** How old the last look at a file may be, µs: what changes in it counts after this long. */
const LOOK_US = 1_000_000

/** What a file says now. A file that breaks, or goes away, keeps saying what it last said. */
export class KeptFile<Content> {
  readonly #path: string
  readonly #read: (text: string) => Content
  readonly #surroundings: Surroundings
  #content: Content
  #mark: string
  #lookedAt: number

  /** `read` throws Error, with one line, for a text that will not do. Throws ConfigError when it does so now, or there is no file. */
  constructor(path: string, read: (text: string) => Content, surroundings: Surroundings) {
    this.#path = path
    this.#read = read
    this.#surroundings = surroundings
    this.#lookedAt = surroundings.clock.now()
    this.#mark = markOf(path)
    try {
      this.#content = read(readFileSync(path, 'utf8'))
    } catch (error) {
      throw new ConfigError(`${path}: ${sentenceOf(error)}`)
    }
  }

  /** Looks at the file first where the last look is a second old. */
  get content(): Content {
    const now = this.#surroundings.clock.now()
    if (Math.abs(now - this.#lookedAt) >= LOOK_US) {
      this.#lookedAt = now
      this.#look()
    }
    return this.#content
  }

  /** Told once for each state of the file, not with every look. */
  #look(): void {
    const { log } = this.#surroundings
    const file = this.#path
    const mark = markOf(file)
    if (mark === this.#mark) return
    this.#mark = mark
    try {
      this.#content = this.#read(readFileSync(file, 'utf8'))
      log.info({ file }, 'auth.file-read')
    } catch (error) {
      log.error({ file, reason: sentenceOf(error) }, 'auth.file-refused')
    }
  }
}

function markOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? 'gone' : `${stats.mtimeNs}-${stats.size}-${stats.ino}`
}

/** What is wrong with a file, without what is in it. */
export function sentenceOf(error: unknown): string {
  switch ((error as { readonly code?: string }).code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EACCES':
      return 'this process may not read it'
    case 'EISDIR':
      return 'this is a folder'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
