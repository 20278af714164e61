import { InvalidArgumentError } from 'commander'

const UNITS = { ms: 1_000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000 } as const

/** `500ms`, `10s`, `2m`, `1h` in µs. Throws InvalidArgumentError, as do all below, naming what is allowed. */
export function duration(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const us = Math.round(Number(number) * (UNITS[unit as keyof typeof UNITS] ?? Number.NaN))
  if (us > 0) return us
  throw new InvalidArgumentError('Allowed is a time above 0 in ms, s, m or h, e.g. 500ms, 10s, 2m, 1h.')
}

export function seed(text: string): number {
  if (/^\d+$/.test(text) && Number(text) < 2 ** 32) return Number(text)
  throw new InvalidArgumentError('Allowed is a whole number from 0 to 4294967295.')
}

/** How many times as fast as the clock; Infinity for `max`. */
export function speed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY
  if (between(text, 0.01, 10_000)) return Number(text)
  throw new InvalidArgumentError('Allowed is a number from 0.01 to 10000, or max.')
}

/** How many times as many orders as usual. */
export function rate(text: string): number {
  if (between(text, 0.01, 1000)) return Number(text)
  throw new InvalidArgumentError('Allowed is a number from 0.01 to 1000.')
}

/** Whole hours, 0 to so many. */
export function hours(most: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,4}$/.test(text) && Number(text) <= most) return Number(text)
    throw new InvalidArgumentError(`Allowed is a whole number from 0 to ${most}.`)
  }
}

/** Reads names separated by commas, each in any case; gives them in the order of `allowed`. */
export function among<Name extends string>(allowed: readonly Name[]): (text: string) => readonly Name[] {
  return (text) => {
    const asked = text.split(',').map((name) => name.trim())
    const strange = asked.filter((name) => !allowed.some((one) => same(one, name)))
    if (strange.length > 0) {
      throw new InvalidArgumentError(`Allowed are, separated by commas: ${allowed.join(', ')}.`)
    }
    return allowed.filter((one) => asked.some((name) => same(one, name)))
  }
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

function between(text: string, low: number, high: number): boolean {
  return /^\d+(?:\.\d+)?$/.test(text) && Number(text) >= low && Number(text) <= high
}

/** Symbols separated by commas, `BTC-USD` or `kraken:BTC-USD`. */
export function symbols(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.every((name) => /^(?:[a-z0-9]+:)?[a-z0-9.]+-[a-z0-9.]+$/i.test(name))) return names
  throw new InvalidArgumentError('Allowed are symbols such as BTC-USD or coinbase:BTC-USD, separated by commas.')
}

/** A TCP port; 0 for any that is free. */
export function port(text: string): number {
  if (/^\d+$/.test(text) && Number(text) < 65_536) return Number(text)
  throw new InvalidArgumentError('Allowed is a whole number from 0 to 65535.')
}
