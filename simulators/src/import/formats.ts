import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { constants, gunzipSync } from 'node:zlib'
import { type Capture, type CaptureRecord, FeedConfigError, openCapture } from '@depthcast/feeds'
import { fromDepthCharge, isHeading } from './depthcharge.ts'
import { fromParsed, isParsed } from './kraken-parsed.ts'

/** Enough of a file to tell its format by: a heading, or the beginning of a document. */
const HEAD_BYTES = 1 << 16

/** How a recording is written down. */
type Format = {
  readonly name: string
  readonly read: (text: string) => Iterable<CaptureRecord>
}

/**
 * Opens a recording of any format that we read: ours, the text of cryptofeed's samples, DepthCharge's traces, Kraken's book as parsed JSON; each
 * gzipped or not. Throws FeedConfigError where there is no such file.
 */
export function openAny(file: string): Capture {
  const capture = openCapture(file)
  const format = formatOf(file)
  if (format === undefined) return capture
  return {
    file,
    *records() {
      try {
        yield* format.read(textOf(file))
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        throw new FeedConfigError(`${file} cannot be read as ${format.name}: ${reason}`, cause)
      }
    },
  }
}

/** Undefined for what every command reads. */
function formatOf(file: string): Format | undefined {
  const head = headOf(file)
  if (!head.trimStart().startsWith('{')) return undefined
  const heading = json(head.trimStart().split('\n')[0] ?? '')
  if (isHeading(heading)) return { name: "DepthCharge's trace", read: fromDepthCharge }
  if (heading === undefined ? /^\s*\{\s*"(?:init|updates)"\s*:/.test(head) : isParsed(heading))
    return { name: "Kraken's book as parsed JSON", read: fromParsed }
  return undefined
}

function headOf(file: string): string {
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(HEAD_BYTES)
    const head = bytes.subarray(0, readSync(descriptor, bytes, 0, HEAD_BYTES, 0))
    if (!isZipped(head)) return head.toString('utf8')
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }).toString('utf8')
  } catch {
    // Whoever reads it says what is wrong with it.
    return ''
  } finally {
    closeSync(descriptor)
  }
}

function textOf(file: string): string {
  const bytes = readFileSync(file)
  return (isZipped(bytes) ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** RFC 1952, section 2.3.1. */
function isZipped(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
