import { tokensOf } from './palettes.ts'
import { FONT_FAMILY, PALETTES, type Palette, type Scheme, TOKEN_NAMES, type TokenName, type Tokens } from './tokens.ts'

/** The CSS variable of a token: `--text-high`. */
export function variableOf(name: TokenName): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/**
 * Every token of every palette as CSS variables. `data-theme` on the root overrides the system's wish, `data-palette` chooses up and down. All
 * selectors weigh nothing, so what stands later holds.
 */
export function themeCss(): string {
  return [
    `:where(:root){--font:${FONT_FAMILY}}`,
    ...rules('', (scheme) => `color-scheme:${scheme};${declarations(tokensOf(scheme))}`),
    ...PALETTES.flatMap((palette) => rules(`[data-palette=${palette}]`, (scheme) => differences(scheme, palette))),
    `@media (prefers-contrast:more){:where(:root){${STRONGER}}}`,
  ].join('\n')
}

/** Once for the dark scheme, and for the light one both as the system's wish and as the user's. */
function rules(root: string, of: (scheme: Scheme) => string): string[] {
  if (of('dark') === '') return []
  return [
    `:where(:root${root}){${of('dark')}}`,
    `@media (prefers-color-scheme:light){:where(:root${root}:not([data-theme=dark])){${of('light')}}}`,
    `:where(:root${root}[data-theme=light]){${of('light')}}`,
  ]
}

function declarations(tokens: Partial<Tokens>): string {
  return TOKEN_NAMES.flatMap((name) =>
    tokens[name] === undefined ? [] : [`${variableOf(name)}:${tokens[name]}`],
  ).join(';')
}

/** What a palette has that is not Classic's. */
function differences(scheme: Scheme, palette: Palette): string {
  const classic = tokensOf(scheme)
  const own = Object.entries(tokensOf(scheme, palette)).filter(([name, value]) => classic[name as TokenName] !== value)
  return declarations(Object.fromEntries(own))
}

/** For who asks the system for more contrast: nothing faint is left. */
const STRONGER = [
  '--text:var(--text-high)',
  ...['--text-mid', '--text-low', '--text-mid-on-bar', '--text-low-on-bar', '--line-strong'].map(
    (name) => `${name}:var(--text-high)`,
  ),
  '--line:var(--text-high)',
].join(';')
