/** Arithmetic mean. NaN of none, as are all below where there is too little to say. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

/** Mean square distance from the mean. */
export function variance(values: ArrayLike<number>): number {
  const middle = mean(values)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i]! - middle) ** 2
  return sum / values.length
}

/** Deviation over mean: 1 for the waits of a Poisson process, more where arrivals come in bursts. */
export function variation(values: ArrayLike<number>): number {
  return Math.sqrt(variance(values)) / mean(values)
}

/** The value that a share (0 to 1) of the values is not above: the nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}

/** The waits between times that come in order. */
export function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => time - times[i]!)
}

/**
 * Variance over mean of the number of events in windows of one length, whole windows from `from` to `to` only: 1 for a Poisson process whatever the
 * window, growing with the window where bursts come in bursts. All in one unit of time.
 */
export function fano(
  times: readonly number[],
  { window, from, to }: { readonly window: number; readonly from: number; readonly to: number },
): number {
  const counts = new Float64Array(Math.max(0, Math.floor((to - from) / window)))
  for (const time of times) {
    const at = Math.floor((time - from) / window)
    if (at >= 0 && at < counts.length) counts[at]!++
  }
  return counts.length < 2 ? Number.NaN : variance(counts) / mean(counts)
}

/** How alike values are to those so many places later, from -1 to 1. NaN where all are the same, or there are not twice as many as the lag. */
export function autocorrelation(values: readonly number[], lag: number): number {
  if (values.length < 2 * lag) return Number.NaN
  const middle = mean(values)
  let together = 0
  let alone = 0
  for (let i = 0; i < values.length; i++) {
    const here = values[i]! - middle
    alone += here * here
    if (i + lag < values.length) together += here * (values[i + lag]! - middle)
  }
  return together / alone
}

/** Fourth moment over squared variance, less the 3 of a normal distribution: above 0 where large values come too often. */
export function excessKurtosis(values: readonly number[]): number {
  const middle = mean(values)
  let fourth = 0
  for (const value of values) fourth += (value - middle) ** 4
  return fourth / values.length / variance(values) ** 2 - 3
}

/**
 * The exponent of a power-law tail, from the largest share of the magnitudes (Hill 1975): the smaller, the heavier. Zeros are no magnitudes.
 */
export function hill(values: readonly number[], share: number): number {
  const sizes = Float64Array.from(values, Math.abs)
    .filter((size) => size > 0)
    .sort()
    .reverse()
  const count = Math.floor(share * sizes.length)
  if (count < 2) return Number.NaN
  const threshold = Math.log(sizes[count]!)
  let sum = 0
  for (let i = 0; i < count; i++) sum += Math.log(sizes[i]!) - threshold
  return count / sum
}
