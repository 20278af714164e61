import { tokensOf } from './palettes.ts'
import { FONT_FAMILY, PALETTES, type Scheme, TOKEN_NAMES, type TokenName, type Tokens } from './tokens.ts'

/** The CSS variable of a token: `--text-high`. */
export function variableOf(name: TokenName): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/**
 * Every token of every palette as CSS variables. `data-theme` on the root overrides the system's wish; `data-palette` chooses up and down, on the
 * root for the page and on anything in it for a sample. All selectors weigh nothing, so what stands later holds.
 */
export function themeCss(): string {
  return [
    `:where(:root){--font:${FONT_FAMILY}}`,
    ...rules(
      (root) => root,
      (scheme) => `color-scheme:${scheme};${declarations(tokensOf(scheme), TOKEN_NAMES)}`,
    ),
    ...PALETTES.flatMap((palette) => {
      const chosen = `[data-palette=${palette}]`
      return rules(
        (root) => `${root}${chosen},${root} ${chosen}`,
        (scheme) => declarations(tokensOf(scheme, palette), OF_PALETTES),
      )
    }),
    `@media (prefers-contrast:more){:where(:root){${STRONGER}}}`,
    `@media (forced-colors:active){:where(:root){${declarations(FORCED, TOKEN_NAMES)}}}`,
  ].join('\n')
}

/** Once for the dark scheme, and for the light one both as the system's wish and as the user's. */
function rules(at: (root: string) => string, of: (scheme: Scheme) => string): string[] {
  return [
    `:where(${at(':root')}){${of('dark')}}`,
    `@media (prefers-color-scheme:light){:where(${at(':root:not([data-theme=dark])')}){${of('light')}}}`,
    `:where(${at(':root[data-theme=light]')}){${of('light')}}`,
  ]
}

function declarations(tokens: Tokens, names: readonly TokenName[]): string {
  return names.map((name) => `${variableOf(name)}:${tokens[name]}`).join(';')
}

const OF_PALETTES: readonly TokenName[] = ['up', 'down', 'upBar', 'downBar', 'textMidOnBar', 'textLowOnBar']

/** For who asks the system for more contrast: no text or control is faint. Grids stay behind what is drawn on them. */
const STRONGER = ['text', 'textMid', 'textLow', 'textMidOnBar', 'textLowOnBar', 'lineStrong']
  .map((name) => `${variableOf(name as TokenName)}:var(--text-high)`)
  .join(';')

const mixed = (colour: string, percent: number): string => `color-mix(in srgb,${colour} ${percent}%,Canvas)`

/**
 * Where the system's colours are forced on the page its canvases take them too: what the user can read is not ours to choose. Sides are as alike
 * as in Mono, and as there told by shapes; rules and sizes, which nobody reads, are shares of a colour over the system's own ground.
 */
const FORCED: Tokens = {
  bg0: 'Canvas',
  bg1: 'Canvas',
  bg2: 'Canvas',
  bg3: 'Canvas',
  line: mixed('GrayText', 40),
  lineStrong: 'CanvasText',
  textHigh: 'CanvasText',
  text: 'CanvasText',
  textMid: 'CanvasText',
  textLow: 'GrayText',
  accent: 'Highlight',
  focus: 'Highlight',
  warn: 'LinkText',
  warnBg: 'Canvas',
  error: 'LinkText',
  errorBg: 'Canvas',
  up: 'CanvasText',
  down: 'GrayText',
  upBar: 'GrayText',
  downBar: 'GrayText',
  textMidOnBar: 'CanvasText',
  textLowOnBar: 'GrayText',
  heat0: 'Canvas',
  heat1: mixed('CanvasText', 18),
  heat2: mixed('CanvasText', 36),
  heat3: mixed('CanvasText', 56),
  heat4: mixed('CanvasText', 78),
  heat5: 'CanvasText',
}
