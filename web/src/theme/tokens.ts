/** The colours of one scheme in one palette. Contrast of every text colour on every surface it may stand on is asserted in test/tokens.test.ts. */
export type Tokens = { readonly [Name in TokenName]: string }

export const TOKEN_NAMES = [
  ...(['bg0', 'bg1', 'bg2', 'bg3', 'line', 'lineStrong', 'textHigh', 'text', 'textMid', 'textLow'] as const),
  ...(['accent', 'focus', 'warn', 'warnBg', 'error', 'errorBg', 'up', 'down', 'upBar', 'downBar'] as const),
  /** Over a bar of depth, where the plain ones would be too faint. */
  ...(['textMidOnBar', 'textLowOnBar'] as const),
  /** What a size in the book looks like, from none to the largest. */
  ...(['heat0', 'heat1', 'heat2', 'heat3', 'heat4', 'heat5'] as const),
] as const

export type TokenName = (typeof TOKEN_NAMES)[number]

export type Scheme = 'dark' | 'light'
/** What the user chose; `system` follows the operating system. */
export type ThemeChoice = Scheme | 'system'
export const THEME_CHOICES: readonly ThemeChoice[] = ['system', 'dark', 'light']

/** Which colours up and down have. In `mono` they say nothing: shapes do. */
export type Palette = 'classic' | 'vision' | 'east' | 'mono'
export const PALETTES: readonly Palette[] = ['classic', 'vision', 'east', 'mono']

export type Density = 'compact' | 'normal' | 'touch'
export const DENSITIES: readonly Density[] = ['compact', 'normal', 'touch']

/** Its digits are tabular by default, in the DOM and in a worker's canvas alike. */
export const FONT_FAMILY = "'IBM Plex Sans Variable', system-ui, sans-serif"
