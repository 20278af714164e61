import { expect, test } from 'vitest'
import { paintTheme, type Scheme, schemeOf, THEME_CHOICES, TOKENS, type Tokens, themeCss } from '../src/theme/tokens.ts'

const SCHEMES: readonly Scheme[] = ['dark', 'light']
const TEXTS: readonly (keyof Tokens)[] = ['textHigh', 'text', 'textMid', 'textLow', 'accent', 'up', 'down']
const SURFACES: readonly (keyof Tokens)[] = ['bg1', 'bg2', 'bg3']

test.each(SCHEMES.flatMap((scheme) => TEXTS.map((text) => ({ scheme, text }))))(
  '$text is readable on every $scheme surface (WCAG AA, 4.5 : 1)',
  ({ scheme, text }) => {
    for (const surface of SURFACES)
      expect(contrast(TOKENS[scheme][text], TOKENS[scheme][surface])).toBeGreaterThanOrEqual(4.5)
  },
)

/** As the design states them, to one decimal. */
test.each<{ scheme: Scheme; front: keyof Tokens; back: keyof Tokens; stated: number }>([
  { scheme: 'dark', front: 'textHigh', back: 'bg1', stated: 16.3 },
  { scheme: 'dark', front: 'textHigh', back: 'bg3', stated: 13.2 },
  { scheme: 'dark', front: 'textMid', back: 'bg3', stated: 5.3 },
  { scheme: 'dark', front: 'textLow', back: 'bg3', stated: 4.6 },
  { scheme: 'dark', front: 'up', back: 'bg1', stated: 10.7 },
  { scheme: 'dark', front: 'down', back: 'bg1', stated: 5.9 },
  { scheme: 'dark', front: 'warn', back: 'warnBg', stated: 8.3 },
  { scheme: 'dark', front: 'error', back: 'errorBg', stated: 7.6 },
  { scheme: 'dark', front: 'textHigh', back: 'upBar', stated: 11.1 },
  { scheme: 'dark', front: 'textHigh', back: 'downBar', stated: 13.0 },
  { scheme: 'light', front: 'textHigh', back: 'bg1', stated: 18.6 },
  { scheme: 'light', front: 'up', back: 'bg1', stated: 6.6 },
  { scheme: 'light', front: 'down', back: 'bg1', stated: 6.5 },
  { scheme: 'light', front: 'warn', back: 'warnBg', stated: 5.5 },
  { scheme: 'light', front: 'error', back: 'errorBg', stated: 5.7 },
  { scheme: 'light', front: 'textHigh', back: 'upBar', stated: 14.1 },
  { scheme: 'light', front: 'textHigh', back: 'downBar', stated: 13.6 },
])('$scheme $front on $back has the stated $stated : 1', ({ scheme, front, back, stated }) => {
  expect(contrast(TOKENS[scheme][front], TOKENS[scheme][back]).toFixed(1)).toBe(stated.toFixed(1))
})

test.each(SCHEMES)('borders of %s controls stand out from every surface (WCAG 1.4.11, 3 : 1)', (scheme) => {
  for (const surface of SURFACES)
    expect(contrast(TOKENS[scheme].lineStrong, TOKENS[scheme][surface])).toBeGreaterThanOrEqual(3)
  for (const surface of SURFACES)
    expect(contrast(TOKENS[scheme].focus, TOKENS[scheme][surface])).toBeGreaterThanOrEqual(3)
})

test.each(SCHEMES)('the full-colour edge of a %s depth bar stands out where the bar itself does not', (scheme) => {
  const { up, down, upBar, downBar, bg1 } = TOKENS[scheme]
  for (const edge of [up, down]) expect(contrast(edge, bg1)).toBeGreaterThanOrEqual(4.7)
  for (const bar of [upBar, downBar]) expect(contrast(bar, bg1)).toBeLessThan(3)
})

test('every token is a CSS variable in both schemes, and the painters get the same values', () => {
  const css = themeCss()
  for (const scheme of SCHEMES) {
    for (const [name, value] of Object.entries(TOKENS[scheme]))
      expect(css).toContain(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}:${value}`)
    expect(paintTheme(scheme, 'normal')).toMatchObject({
      background: TOKENS[scheme].bg1,
      up: TOKENS[scheme].up,
      upBar: TOKENS[scheme].upBar,
      rowHeight: 20,
    })
  }
})

test('the system decides only where it was left the choice', () => {
  expect(THEME_CHOICES.map((choice) => [schemeOf(choice, true), schemeOf(choice, false)])).toEqual([
    ['light', 'dark'],
    ['dark', 'dark'],
    ['light', 'light'],
  ])
})

/** WCAG 2.2 contrast ratio of two `#RRGGBB` colours. */
function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
