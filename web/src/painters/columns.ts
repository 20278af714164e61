import type { Frame } from './canvas.ts'

/** Right edges of three columns of numbers, device pixels. The last one is left out where the canvas is too narrow for all. */
export type ColumnEdges = readonly [first: number, second: number, third: number | undefined]

/**
 * Where three columns end: at their shares of the width while everything fits there, else as close together as the widest texts allow. The
 * third is given up before the others would overlap.
 */
export function columnEdges(
  { width, padding }: Frame,
  shares: readonly [first: number, second: number],
  widest: readonly [first: number, second: number, third: number],
  lead = 0,
): ColumnEdges {
  const [first, second, third] = widest
  const end = width - padding
  const left = padding + lead
  const usual = [Math.round(width * shares[0]), Math.round(width * shares[1])] as const
  const fits = (a: number, b: number, c: number): boolean =>
    a - first >= left && b - second >= a + padding && c - third >= b + padding
  if (fits(usual[0], usual[1], end)) return [usual[0], usual[1], end]
  const b = end - third - padding
  const a = b - second - padding
  if (fits(a, b, end)) return [a, b, end]
  const lone = Math.min(end - second - padding, Math.max(left + first, Math.round((width * shares[0]) / shares[1])))
  return [lone, end, undefined]
}

/** The widest texts seen so far: columns that only ever make room do not jump. */
export class WidestTexts {
  readonly #widths = new Float64Array(3)

  get widths(): readonly [number, number, number] {
    return [this.#widths[0] ?? 0, this.#widths[1] ?? 0, this.#widths[2] ?? 0]
  }

  /** True when a text is wider than all before in its column. */
  see(column: 0 | 1 | 2, width: number): boolean {
    if (width <= (this.#widths[column] ?? 0)) return false
    this.#widths[column] = Math.ceil(width)
    return true
  }

  forget(): void {
    this.#widths.fill(0)
  }
}
