import type { Palette, Scheme, Tokens } from './tokens.ts'

// The page never loads this: the stylesheet is made of it when the page is built, and what the painters need is read back from there.

type Pair = { readonly up: string; readonly down: string }
type Ground = Omit<Tokens, keyof Pair | 'upBar' | 'downBar' | 'textMidOnBar' | 'textLowOnBar'>

/** All that is the same in every palette. */
const GROUNDS: Readonly<Record<Scheme, Ground>> = {
  dark: {
    bg0: '#0A0D12',
    bg1: '#10141B',
    bg2: '#171C25',
    bg3: '#202734',
    line: '#252D3A',
    lineStrong: '#667389',
    textHigh: '#EDF1F7',
    text: '#C5CDDA',
    textMid: '#8E9AAF',
    textLow: '#8290A8',
    accent: '#5B9DFF',
    focus: '#8AB8FF',
    warn: '#F0B429',
    warnBg: '#2B2410',
    error: '#FF8A80',
    errorBg: '#2A1416',
    heat0: '#10141B',
    heat1: '#15304A',
    heat2: '#1C567A',
    heat3: '#2F8596',
    heat4: '#7FBF8E',
    heat5: '#FFF2A8',
  },
  light: {
    bg0: '#F2F4F7',
    bg1: '#FFFFFF',
    bg2: '#F7F9FB',
    bg3: '#E9EDF3',
    line: '#DDE3EB',
    lineStrong: '#7A8596',
    textHigh: '#0E131B',
    text: '#2A3342',
    textMid: '#566274',
    textLow: '#5E6A7C',
    accent: '#1F5FD0',
    focus: '#1F5FD0',
    warn: '#8A5A00',
    warnBg: '#FFF6DF',
    error: '#BA1A12',
    errorBg: '#FDECEA',
    heat0: '#FFFFFF',
    heat1: '#FFF2A8',
    heat2: '#7FBF8E',
    heat3: '#2F8596',
    heat4: '#1C567A',
    heat5: '#15304A',
  },
}

/**
 * Up and down. Chosen by their distance for people who see colours differently (OKLab, Machado 2009), not by eye: a usual green and red of one
 * lightness, as a light scheme needs them, are hardly two colours without red or green cones, so the light green is half a blue.
 */
const PAIRS: Readonly<Record<Exclude<Palette, 'east'>, Readonly<Record<Scheme, Pair>>>> = {
  classic: { dark: { up: '#41DDB4', down: '#FB5B56' }, light: { up: '#006C70', down: '#BA1A12' } },
  vision: { dark: { up: '#4DA3FF', down: '#F59F3D' }, light: { up: '#0B5FC4', down: '#9C4D00' } },
  mono: { dark: { up: '#EDF1F7', down: '#8E9AAF' }, light: { up: '#0E131B', down: '#606C7E' } },
}

/** How much of a side's colour is in a bar of depth: numbers are read over it. */
const BAR_SHARE = 0.18
/** WCAG 2.2, 1.4.3: text of less than 24 px. */
const READABLE = 4.5

/** The Classic palette. */
export const TOKENS: Readonly<Record<Scheme, Tokens>> = { dark: tokensOf('dark'), light: tokensOf('light') }

export function tokensOf(scheme: Scheme, palette: Palette = 'classic'): Tokens {
  const ground = GROUNDS[scheme]
  const { up, down } = pairOf(scheme, palette)
  const bars = [up, down].map((colour) => mixed(ground.bg1, colour, BAR_SHARE))
  const [upBar = up, downBar = down] = bars
  return {
    ...ground,
    up,
    down,
    upBar,
    downBar,
    textMidOnBar: readableOn(bars, ground.textMid, ground.textHigh),
    textLowOnBar: readableOn(bars, ground.textLow, ground.textHigh),
  }
}

/** In East Asia prices rise in red. */
function pairOf(scheme: Scheme, palette: Palette): Pair {
  if (palette !== 'east') return PAIRS[palette][scheme]
  const { up, down } = PAIRS.classic[scheme]
  return { up: down, down: up }
}

/** The text colour, with as much of the strong one as it takes. */
function readableOn(surfaces: readonly string[], text: string, strong: string): string {
  for (let percent = 0; percent < 100; percent += 1) {
    const colour = mixed(text, strong, percent / 100)
    if (surfaces.every((surface) => contrast(colour, surface) >= READABLE)) return colour
  }
  return strong
}

/** `share` of the second colour in the first, as the browser would blend it. */
function mixed(ground: string, colour: string, share: number): string {
  const under = channels(ground)
  const over = channels(colour)
  const blend = under.map((value, at) => Math.round((value + ((over[at] ?? 0) - value) * share) * 255))
  return `#${blend.map((value) => value.toString(16).padStart(2, '0')).join('')}`.toUpperCase()
}

/** WCAG 2.2 contrast ratio of two `#RRGGBB` colours, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

/** WCAG 2.2 relative luminance, 0 to 1. */
export function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map(linear)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** Red, green and blue of `#RRGGBB`, 0 to 1, as they are written: not linear. */
export function channels(colour: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
}

export function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
}
