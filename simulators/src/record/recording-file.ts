import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type CaptureRecord, FeedConfigError, gzipPiece, writeRecord } from '@depthcast/feeds'

/** A piece ends with so many records, or so many characters, or so much time: what a killed recorder loses is less than one. */
const PIECE_RECORDS = 1000
const PIECE_CHARACTERS = 4_000_000
const PIECE_MS = 1000

/**
 * A recording as it is written: NDJSON, gzipped where its name ends in `.gz`.
 *
 * `write` never waits. Pieces are zipped beside the main thread and appended one after the other, each in one write, so that the file on the
 * disk is whole at every moment but for its last piece.
 */
export class RecordingFile {
  readonly #file: FileHandle
  readonly #zips: boolean
  readonly #timer: NodeJS.Timeout
  #lines: string[] = []
  #characters = 0
  #firstAt = 0
  #written: Promise<void> = Promise.resolve()
  #failure: Error | undefined
  /** Records taken so far, and bytes on the disk. */
  records = 0
  bytes = 0

  /** Throws FeedConfigError where there is such a file already, or none can be made. */
  static async create(path: string): Promise<RecordingFile> {
    try {
      return new RecordingFile(await open(path, 'wx'), path.endsWith('.gz'))
    } catch (error) {
      throw new FeedConfigError(`cannot write: ${whyNot(path, error as NodeJS.ErrnoException)}`, error)
    }
  }

  private constructor(file: FileHandle, zips: boolean) {
    this.#file = file
    this.#zips = zips
    this.#timer = setInterval(() => this.#cut(), PIECE_MS)
  }

  /** Why nothing more reaches the disk, e.g. because it is full. */
  get failure(): Error | undefined {
    return this.#failure
  }

  write(record: CaptureRecord): void {
    const line = `${writeRecord(record)}\n`
    if (this.#lines.length === 0) this.#firstAt = record.kind === 'header' ? 0 : record.at
    if (this.#firstAt === 0 && record.kind !== 'header') this.#firstAt = record.at
    this.#lines.push(line)
    this.#characters += line.length
    this.records++
    if (this.#lines.length >= PIECE_RECORDS || this.#characters >= PIECE_CHARACTERS) this.#cut()
  }

  /** Resolves when everything taken is on the disk. Rejects where it could not be written. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#cut()
    await this.#written
    await this.#file.close()
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Waits until the pieces so far are on the disk: for who writes faster than a disk takes it. */
  async drained(): Promise<void> {
    await this.#written
    if (this.#failure !== undefined) throw this.#failure
  }

  #cut(): void {
    if (this.#lines.length === 0) return
    const text = this.#lines.join('')
    const facts = { records: this.#lines.length, firstAt: this.#firstAt }
    this.#lines = []
    this.#characters = 0
    const zipped = this.#zips ? gzipPiece(text, facts) : Promise.resolve(Buffer.from(text))
    this.#written = Promise.all([zipped, this.#written]).then(
      ([piece]) => this.#append(piece),
      (error: Error) => this.#fail(error),
    )
  }

  async #append(piece: Buffer): Promise<void> {
    if (this.#failure !== undefined) return
    try {
      await this.#file.appendFile(piece)
      this.bytes += piece.length
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #fail(error: Error): void {
    this.#failure ??= new FeedConfigError(`the recording cannot be written: ${error.message}`, error)
  }
}

function whyNot(path: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EEXIST') return `${path} is there already: name another file, or remove it`
  if (code === 'ENOENT') return `${path}: there is no folder ${dirname(path)}`
  return message
}
