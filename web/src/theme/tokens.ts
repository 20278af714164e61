import type { PaintTheme } from '../engine/messages.ts'

/** The colours of one scheme. Contrast of every text colour on every surface it may stand on is asserted in test/tokens.test.ts. */
export type Tokens = {
  readonly bg0: string
  readonly bg1: string
  readonly bg2: string
  readonly bg3: string
  readonly line: string
  readonly lineStrong: string
  readonly textHigh: string
  readonly text: string
  readonly textMid: string
  readonly textLow: string
  readonly accent: string
  readonly focus: string
  readonly warn: string
  readonly warnBg: string
  readonly error: string
  readonly errorBg: string
  readonly up: string
  readonly down: string
  readonly upBar: string
  readonly downBar: string
}

export type Scheme = 'dark' | 'light'
/** What the user chose; `system` follows the operating system. */
export type ThemeChoice = Scheme | 'system'
export const THEME_CHOICES: readonly ThemeChoice[] = ['system', 'dark', 'light']

/** Up and down are the Classic palette, chosen by its distance for people who see colours differently (OKLab ΔE ≥ 14). */
export const TOKENS: Readonly<Record<Scheme, Tokens>> = {
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
    up: '#41DDB4',
    down: '#FB5B56',
    upBar: '#193837',
    downBar: '#3A2126',
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
    up: '#006B4B',
    down: '#BA1A12',
    upBar: '#D1E4DF',
    downBar: '#F3D6D4',
  },
}

/** What a size in the book looks like, from none to the largest, each step of more contrast to the panel than the one before. */
export const HEAT: Readonly<Record<Scheme, readonly string[]>> = {
  dark: ['#10141B', '#15304A', '#1C567A', '#2F8596', '#7FBF8E', '#FFF2A8'],
  light: ['#FFFFFF', '#FFF2A8', '#7FBF8E', '#2F8596', '#1C567A', '#15304A'],
}

export type Density = 'compact' | 'normal'
export const DENSITIES: readonly Density[] = ['compact', 'normal']
/** Height of one dense row, CSS px. */
const ROW_HEIGHT: Readonly<Record<Density, number>> = { compact: 16, normal: 20 }

/** Its digits are tabular by default, in the DOM and in a worker's canvas alike. */
export const FONT_FAMILY = "'IBM Plex Sans Variable', system-ui, sans-serif"

/** The scheme to show for a choice, given what the system asks for. */
export function schemeOf(choice: ThemeChoice, systemIsLight: boolean): Scheme {
  if (choice === 'system') return systemIsLight ? 'light' : 'dark'
  return choice
}

/** What the painters need: resolved values, since a worker cannot read CSS. */
export function paintTheme(scheme: Scheme, density: Density): PaintTheme {
  const tokens = TOKENS[scheme]
  return {
    background: tokens.bg1,
    textHigh: tokens.textHigh,
    text: tokens.text,
    textMid: tokens.textMid,
    textLow: tokens.textLow,
    line: tokens.line,
    hover: tokens.bg3,
    up: tokens.up,
    down: tokens.down,
    upBar: tokens.upBar,
    downBar: tokens.downBar,
    warn: tokens.warn,
    error: tokens.error,
    heat: HEAT[scheme],
    font: FONT_FAMILY,
    rowHeight: ROW_HEIGHT[density],
  }
}

/** The same tokens as CSS variables; `data-theme` on the root overrides the system's wish. */
export function themeCss(): string {
  const dark = declarations('dark')
  const light = declarations('light')
  return [
    `:root{${dark}}`,
    `@media (prefers-color-scheme: light){:root:not([data-theme=dark]){${light}}}`,
    `:root[data-theme=light]{${light}}`,
  ].join('\n')
}

function declarations(scheme: Scheme): string {
  const colours = Object.entries(TOKENS[scheme]).map(([name, value]) => `--${kebab(name)}:${value}`)
  return [`color-scheme:${scheme}`, `--font:${FONT_FAMILY}`, ...colours].join(';')
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
