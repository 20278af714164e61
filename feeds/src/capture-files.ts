import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { type Micros, micros } from '@depthcast/market'
import { type CaptureRecord, readJsonLine, readTextLine } from './capture.ts'
import { CUT, readGzip } from './capture-gzip.ts'
import { FeedConfigError, saidBy } from './errors.ts'

const CHUNK_BYTES = 1 << 20

/** One recording: a file, and the HTTP replies recorded beside it. May be read more than once. */
export type Capture = {
  readonly file: string
  /**
   * All records in the order of their times, read as they are asked for. Throws FeedConfigError naming the file and line that cannot be read.
   *
   * Whoever recorded it may have been killed: then the file ends within a record, and in place of that comes a note that says so.
   */
  records(): Iterable<CaptureRecord>
}

/** Captures from a list of files with commas between. Throws FeedConfigError for a missing file. */
export function captureFiles(list: string): readonly Capture[] {
  const files = list.split(',').map((file) => file.trim())
  return files.map(openCapture)
}

/**
 * Opens a recording, gzipped or not.
 *
 * `x.ws.txt` and its replies `x.http.txt` are one recording and are merged by time; naming the first finds the second. So are `x.ws.1.0` and
 * `x.http.0.0`, as cryptofeed names them, whatever the numbers. Throws FeedConfigError when there is no such file.
 */
export function openCapture(file: string): Capture {
  if (file === '') throw new FeedConfigError('replay: names no file; write replay:<file>[,<file>…]')
  if (!existsSync(file)) throw new FeedConfigError(`no such recording: ${file}`)
  if (!statSync(file).isFile()) throw new FeedConfigError(`not a file: ${file}`)
  const files = [file, ...repliesBeside(file)]
  return {
    file,
    records: () =>
      files.map((one): Iterable<CaptureRecord> => readRecords(one)).reduce((all, more) => merge(all, more)),
  }
}

function repliesBeside(file: string): readonly string[] {
  const replies = file.replace(/\.ws(\.txt(?:\.gz)?)$/, '.http$1')
  if (replies !== file) return existsSync(replies) ? [replies] : []
  const name = /^(.+)\.ws\.\d+\.\d+$/.exec(basename(file))?.[1]
  if (name === undefined) return []
  const isReplies = (other: string): boolean => other.startsWith(`${name}.http.`) && /\.http\.\d+\.\d+$/.test(other)
  return readdirSync(dirname(file))
    .filter(isReplies)
    .map((other) => join(dirname(file), other))
}

function* readRecords(file: string): Generator<CaptureRecord> {
  let format: 'json' | 'text' | undefined
  let connection = ''
  let number = 0
  let records = 0
  let latest = micros(0)
  const read = (line: string): CaptureRecord | undefined => {
    format ??= line.startsWith('{') ? 'json' : 'text'
    const record = format === 'json' ? readJsonLine(line) : readTextLine(line, connection)
    if (record?.kind === 'open') connection = record.connection
    if (record !== undefined && record.kind !== 'header') latest = record.at
    if (record !== undefined) records++
    return record
  }
  for (const { line, isLast, isCut } of readLines(file)) {
    number++
    let record: CaptureRecord | undefined
    try {
      if (isCut) throw new FeedConfigError('it ends within a record')
      record = read(line)
    } catch (cause) {
      if (isLast && records > 0 && (isCut || format === 'json')) record = cutOff(records, latest)
      else throw unreadable(file, number, cause)
    }
    if (record !== undefined) yield record
  }
  if (number === 0) throw new FeedConfigError(`${file} is empty`)
}

function cutOff(records: number, at: Micros): CaptureRecord {
  return {
    kind: 'note',
    at,
    text: `the recording is cut off: it ends within a record, the ${records} before it are whole`,
  }
}

function unreadable(file: string, line: number, cause: unknown): FeedConfigError {
  const reason = saidBy(cause)
  return new FeedConfigError(`${file} cannot be read as a recording, line ${line}: ${reason}`, cause)
}

/** `isLast` where no line's end follows; `isCut` where the file was cut off besides, so that there may be more to the line. */
type Line = { readonly line: string; readonly isLast?: true; readonly isCut?: true }

/** Lines without their ends. A file may be far larger than memory, so it is read in pieces. */
function* readLines(file: string): Generator<Line> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for (const chunk of isZipped(file) ? readGzip(file) : readChunks(file)) {
    if (chunk === CUT) {
      yield { line: rest, isLast: true, isCut: true }
      return
    }
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield { line: withoutReturn(line) }
  }
  rest += decoder.end()
  if (rest !== '') yield { line: withoutReturn(rest), isLast: true }
}

/** By its first bytes too: names get lost on the way of a file. */
function isZipped(file: string): boolean {
  if (file.endsWith('.gz')) return true
  const descriptor = openSync(file, 'r')
  try {
    const magic = Buffer.alloc(2)
    return readSync(descriptor, magic, 0, 2, 0) === 2 && magic.readUInt16BE(0) === 0x1f8b
  } finally {
    closeSync(descriptor)
  }
}

function* readChunks(file: string): Generator<Buffer> {
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
