import { TickMarkType, type Time } from 'lightweight-charts'
import type { Region } from '../state/region.ts'

/** The words of the time axis. The chart knows no time zones: its timestamps stay UTC, and only what is written goes by the region. */
export function timeWords({ locale, timeZone }: Region): {
  /** The label under the axis, as fine as the chart asks for. */
  readonly tickMark: (time: Time, kind: TickMarkType) => string
  /** The label of the crosshair, with its zone. */
  readonly crosshair: (time: Time) => string
} {
  const words = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(locale, { timeZone, hourCycle: 'h23', ...options })
  const ticks: Readonly<Record<TickMarkType, Intl.DateTimeFormat>> = {
    [TickMarkType.Year]: words({ year: 'numeric' }),
    [TickMarkType.Month]: words({ month: 'short' }),
    [TickMarkType.DayOfMonth]: words({ day: 'numeric', month: 'short' }),
    [TickMarkType.Time]: words({ hour: '2-digit', minute: '2-digit' }),
    [TickMarkType.TimeWithSeconds]: words({ hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  }
  const full = words({
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  })
  return {
    tickMark: (time, kind) => ticks[kind].format(dateOf(time)),
    crosshair: (time) => full.format(dateOf(time)),
  }
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
