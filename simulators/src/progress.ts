import type { Output } from './output.ts'

const EVERY_MS = 1000

/**
 * Says once a second how long work is going: in place on a terminal, and where `wanted` as a line of its own each time, e.g. into a log. Returns
 * what ends it; on a terminal nothing of it stays.
 */
export function progress(output: Output, line: () => string, wanted: boolean): () => void {
  const show = output.status ?? (wanted ? output.note : undefined)
  if (show === undefined) return () => {}
  const timer = setInterval(() => show(line()), EVERY_MS)
  return () => {
    clearInterval(timer)
    output.status?.('')
  }
}

/** `1,234,567`. */
export function count(number: number): string {
  return Math.round(number).toLocaleString('en-US')
}

/** `12.3 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  for (const [unit, unitBytes] of UNITS) {
    if (bytes >= unitBytes) return `${(bytes / unitBytes).toFixed(1)} ${unit}`
  }
  return `${(bytes / 1000).toFixed(1)} kB`
}

const UNITS = [
  ['GB', 1e9],
  ['MB', 1e6],
] as const
