/**
 * How far a zone's clocks are ahead of UTC at a moment, ms; negative west of it.
 *
 * Zones change their offset on quarter hours only, so one answer holds for a whole quarter: a tape asks for every row it paints. Throws
 * RangeError for a zone the browser does not know.
 */
export function zoneOffsetMs(ms: number, timeZone: string): number {
  if (timeZone === 'UTC' || !Number.isFinite(ms)) return 0
  const quarter = Math.floor(ms / QUARTER_MS)
  const key = `${timeZone}/${quarter}`
  let offset = offsets.get(key)
  if (offset === undefined) {
    offset = askOffset(quarter * QUARTER_MS, timeZone)
    if (offsets.size >= OFFSETS_KEPT) offsets.clear()
    offsets.set(key, offset)
  }
  return offset
}

/** `UTC`, `UTC+2`, `UTC−3:30`: what is printed beside a time, so that nobody has to guess. */
export function zoneLabel(ms: number, timeZone: string): string {
  const minutes = Math.round(zoneOffsetMs(ms, timeZone) / 60_000)
  if (minutes === 0) return 'UTC'
  const ahead = Math.abs(minutes)
  const rest = ahead % 60
  const clock = rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`
  return `UTC${minutes < 0 ? MINUS : '+'}${Math.floor(ahead / 60)}${clock}`
}

function askOffset(ms: number, timeZone: string): number {
  const clock = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
  // `11/21/2026, GMT-03:30`, and just `GMT` where there is none.
  const [, sign, hours, minutes, seconds] = /([+-])(\d\d):(\d\d):?(\d\d)?$/.exec(clock.format(ms)) ?? []
  const ahead = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
  return (sign === '-' ? -ahead : ahead) * 1000
}

const QUARTER_MS = 15 * 60_000
const MINUS = '\u2212'
/** A day of quarters in several zones. */
const OFFSETS_KEPT = 512
const offsets = new Map<string, number>()
