import { stampMicros } from './ticker.ts'

/** Before the time in a payload of the peers; nothing else in it or around it has this byte. */
const MARK = '@'
const DIGITS = 16

/** A payload of so many bytes of text that says when it was made. */
export function stamped(bytes: number): string {
  const time = String(stampMicros())
  return `${MARK}${time}${'x'.repeat(Math.max(0, bytes - DIGITS - 1))}`
}

/** The times in some bytes, µs of `stampMicros`. */
export function stampsIn(bytes: Buffer): number[] {
  const times: number[] = []
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + DIGITS)) {
    const time = Number(bytes.toString('latin1', at + 1, at + 1 + DIGITS))
    if (Number.isSafeInteger(time)) times.push(time)
  }
  return times
}
