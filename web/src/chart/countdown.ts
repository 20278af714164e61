import type { ChartInterval } from '../panels/options.ts'

/** How long the bars are. */
export const BAR_MS: Readonly<Record<ChartInterval, number>> = {
  '1s': 1000,
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '1d': 86_400_000,
}

/** How long a bar of this length still takes: `00:41`, `3:59:07`; nothing for bars too short to wait for. Both in ms, `now` since 1970. */
export function countdown(now: number, barMs: number): string {
  if (barMs < 60_000) return ''
  // Bars begin at multiples of their length since 1970.
  const seconds = Math.ceil((barMs - (now % barMs)) / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return `${hours === 0 ? '' : `${hours}:`}${two(minutes)}:${two(seconds % 60)}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
