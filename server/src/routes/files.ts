import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

/** A file in one encoding; the tag names exactly these bytes. */
export type Variant = { readonly encoding?: 'br' | 'gzip'; readonly bytes: Buffer; readonly etag: string }

/** What was compressed of a file beforehand, smallest first, and the file as it is, always there, last. */
export type StaticFile = { readonly contentType: string; readonly variants: readonly Variant[] }

type Generation = { readonly mark: string; readonly files: ReadonlyMap<string, StaticFile> }

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

/** Written last by the build, so that a look in the middle of one is followed by another. */
const BUILD_STAMP = '.built-from'

/**
 * A folder of files, held in memory: nothing that happens to the folder, and nothing a request says, reaches a disk while it is answered.
 *
 * A new build is seen at the next look for the index. Pages of the build before still find their parts.
 */
export class Files {
  readonly #folder: string
  #now: Generation = { mark: '', files: new Map() }
  #before: Generation = this.#now

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The file at `/assets/app.js`; `/` is the index. Undefined where there is none. */
  at(path: string): StaticFile | undefined {
    const name = path === '/' ? '/index.html' : path
    if (name === '/index.html' || this.#now.mark === '') this.#look()
    return this.#now.files.get(name) ?? this.#before.files.get(name)
  }

  /** Without an index there is no build, or one is being made: what was there stays. */
  #look(): void {
    const mark = [join(this.#folder, 'index.html'), join(this.#folder, BUILD_STAMP)].map(modifiedAt).join()
    if (mark.startsWith('never') || mark === this.#now.mark) return
    const files = read(this.#folder)
    if (files === undefined) return
    this.#before = this.#now
    this.#now = { mark, files }
  }
}

function modifiedAt(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats?.isFile() ? `${stats.mtimeMs}-${stats.size}` : 'never'
}

/** Undefined when the folder changes while it is read. */
function read(folder: string): Map<string, StaticFile> | undefined {
  try {
    const contents = new Map(namesIn(folder).map((name) => [name, readFileSync(join(folder, name))]))
    const files = new Map<string, StaticFile>()
    for (const [name, bytes] of contents) {
      const type = TYPES[extname(name)]
      if (type === undefined && /\.(br|gz)$/.test(name) && contents.has(name.slice(0, -3))) continue
      const variants = [
        variant(contents.get(`${name}.br`), 'br'),
        variant(contents.get(`${name}.gz`), 'gzip'),
        variant(bytes),
      ].filter((made) => made !== undefined)
      files.set(name, { contentType: type ?? 'application/octet-stream', variants })
    }
    return files
  } catch {
    return undefined
  }
}

function variant(bytes: Buffer | undefined, encoding?: 'br' | 'gzip'): Variant | undefined {
  if (bytes === undefined) return undefined
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
  return { bytes, etag, ...(encoding === undefined ? {} : { encoding }) }
}

/** `/index.html`, `/assets/app.js`, … without what begins with a dot. */
function namesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `/${relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')}`)
    .filter((name) => !name.includes('/.'))
}
