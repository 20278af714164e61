import type { PaintTheme } from '../engine/messages.ts'

/** Colours as the numbers an ImageData's 32-bit view holds on every machine a browser runs on: little-endian, alpha on top. */
export type HeatColours = {
  /** From no size to the largest. */
  readonly ramp: Uint32Array
  readonly background: number
  readonly line: number
  readonly warn: number
  readonly up: number
  readonly down: number
  /** Of a trade whose side is not known. */
  readonly text: number
}

export function heatColours(theme: PaintTheme): HeatColours {
  const stops = theme.heat.map(packed)
  return {
    ramp: Uint32Array.from({ length: SHADES }, (_, shade) => between(stops, shade / (SHADES - 1))),
    background: packed(theme.background),
    line: packed(theme.line),
    warn: packed(theme.warn),
    up: packed(theme.up),
    down: packed(theme.down),
    text: packed(theme.text),
  }
}

/** The colour of a size: the square root, since most of a book is small and all of it should be seen. */
export function shadeOf(lots: number, scale: number, ramp: Uint32Array): number {
  const shade = Math.round(Math.sqrt(Math.min(1, lots / scale)) * (ramp.length - 1))
  // What is there never looks like nothing.
  return ramp[lots > 0 ? Math.max(1, shade) : 0] ?? 0
}

/** `share` of a colour over another, both packed and opaque. */
export function blended(under: number, over: number, share: number): number {
  if (share >= 1) return over
  if (share <= 0) return under
  let colour = 0xff000000
  for (let shift = 0; shift < 24; shift += 8) {
    const from = (under >>> shift) & 0xff
    const to = (over >>> shift) & 0xff
    colour |= Math.round(from + (to - from) * share) << shift
  }
  return colour >>> 0
}

/** `#RRGGBB`; black where it is none. */
export function packed(colour: string): number {
  const digits = /^#([0-9a-f]{6})$/i.exec(colour)?.[1] ?? '000000'
  const rgb = Number.parseInt(digits, 16)
  return (0xff000000 | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >>> 16)) >>> 0
}

const SHADES = 256

function between(stops: readonly number[], at: number): number {
  const place = at * (stops.length - 1)
  const from = Math.min(stops.length - 1, Math.floor(place))
  const under = stops[from] ?? 0
  return blended(under, stops[from + 1] ?? under, place - from)
}
