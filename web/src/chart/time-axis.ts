import { TickMarkType, type Time } from 'lightweight-charts'

// The chart knows no time zones: its timestamps stay UTC and only the words are made here.
const inUtc = (options: Intl.DateTimeFormatOptions, locale = 'en-GB'): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options })

const YEAR = inUtc({ year: 'numeric' })
const MONTH = inUtc({ month: 'short' })
const DAY = inUtc({ day: 'numeric', month: 'short' })
const MINUTE = inUtc({ hour: '2-digit', minute: '2-digit' })
const SECOND = inUtc({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
const FULL = inUtc({
  day: '2-digit',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

/** The label under the axis, as fine as the chart asks for. */
export function tickMark(time: Time, kind: TickMarkType): string {
  const at = dateOf(time)
  switch (kind) {
    case TickMarkType.Year:
      return YEAR.format(at)
    case TickMarkType.Month:
      return MONTH.format(at)
    case TickMarkType.DayOfMonth:
      return DAY.format(at)
    case TickMarkType.Time:
      return MINUTE.format(at)
    case TickMarkType.TimeWithSeconds:
      return SECOND.format(at)
  }
}

/** The label of the crosshair, with its zone. */
export function crosshairTime(time: Time): string {
  return `${FULL.format(dateOf(time))} UTC`
}

function dateOf(time: Time): Date {
  return new Date(
    typeof time === 'number'
      ? time * 1000
      : typeof time === 'string'
        ? time
        : Date.UTC(time.year, time.month - 1, time.day),
  )
}
