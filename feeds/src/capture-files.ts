import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { gunzipSync } from 'node:zlib'
import { type CaptureRecord, readJsonLine, readTextLine } from './capture.ts'
import { FeedConfigError } from './errors.ts'

const CHUNK_BYTES = 1 << 20

/** One recording: a file, and the HTTP replies recorded beside it. May be read more than once. */
export type Capture = {
  readonly file: string
  /** All records in the order of their times, read as they are asked for. Throws FeedConfigError naming the file and line that cannot be read. */
  records(): Iterable<CaptureRecord>
}

/** Captures from a list of files with commas between. Throws FeedConfigError for a missing file. */
export function captureFiles(list: string): readonly Capture[] {
  const files = list.split(',').map((file) => file.trim())
  return files.map(openCapture)
}

/**
 * Opens a recording, gzipped or not by its extension.
 *
 * `x.ws.txt` and its replies `x.http.txt` are one recording and are merged by time; naming the first finds the second. Throws FeedConfigError
 * when there is no such file.
 */
export function openCapture(file: string): Capture {
  if (file === '') throw new FeedConfigError('replay: names no file; write replay:<file>[,<file>…]')
  if (!existsSync(file)) throw new FeedConfigError(`no such recording: ${file}`)
  if (!statSync(file).isFile()) throw new FeedConfigError(`not a file: ${file}`)
  const replies = file.replace(/\.ws(\.txt(?:\.gz)?)$/, '.http$1')
  const companion = replies !== file && existsSync(replies) ? replies : undefined
  return {
    file,
    records: () => (companion === undefined ? readRecords(file) : merge(readRecords(file), readRecords(companion))),
  }
}

function* readRecords(file: string): Generator<CaptureRecord> {
  let format: 'json' | 'text' | undefined
  let connection = ''
  let number = 0
  for (const line of readLines(file)) {
    number++
    format ??= line.startsWith('{') ? 'json' : 'text'
    let record: CaptureRecord | undefined
    try {
      record = format === 'json' ? readJsonLine(line) : readTextLine(line, connection)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new FeedConfigError(`${file} cannot be read as a recording, line ${number}: ${reason}`, cause)
    }
    if (record === undefined) continue
    if (record.kind === 'open') connection = record.connection
    yield record
  }
  if (number === 0) throw new FeedConfigError(`${file} is empty`)
}

/** Lines without their ends. A file may be far larger than memory, so it is read in pieces; a gzipped one is held whole. */
function* readLines(file: string): Generator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for (const chunk of readChunks(file)) {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield withoutReturn(line)
  }
  rest += decoder.end()
  if (rest !== '') yield withoutReturn(rest)
}

function* readChunks(file: string): Generator<Buffer> {
  if (file.endsWith('.gz')) {
    yield unzip(file)
    return
  }
  const descriptor = openSync(file, 'r')
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      const length = readSync(descriptor, chunk, 0, CHUNK_BYTES, null)
      if (length === 0) return
      yield chunk.subarray(0, length)
    }
  } finally {
    closeSync(descriptor)
  }
}

function unzip(file: string): Buffer {
  try {
    return gunzipSync(readFileSync(file))
  } catch (cause) {
    throw new FeedConfigError(`${file} cannot be unzipped`, cause)
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

/** Two recordings as one, by time; the first goes first when both say the same time. */
function* merge(first: Iterable<CaptureRecord>, second: Iterable<CaptureRecord>): Generator<CaptureRecord> {
  const left = first[Symbol.iterator]()
  const right = second[Symbol.iterator]()
  let a = left.next()
  let b = right.next()
  while (!a.done || !b.done) {
    if (b.done || (!a.done && timeOf(a.value) <= timeOf(b.value))) {
      yield a.value as CaptureRecord
      a = left.next()
    } else {
      yield b.value
      b = right.next()
    }
  }
}

function timeOf(record: CaptureRecord): number {
  return record.kind === 'header' ? Number.NEGATIVE_INFINITY : record.at
}
