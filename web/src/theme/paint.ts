import type { PaintTheme } from '../engine/messages.ts'
import { type Density, FONT_FAMILY, type Tokens } from './tokens.ts'

/** Height of one dense row, CSS px. */
const ROW_HEIGHT: Readonly<Record<Density, number>> = { compact: 16, normal: 20, touch: 32 }

/** What the painters need: resolved values, since a worker cannot read CSS. */
export function paintTheme(
  tokens: Tokens,
  { density, sidesByShape = false }: { readonly density: Density; readonly sidesByShape?: boolean },
): PaintTheme {
  const { heat0, heat1, heat2, heat3, heat4, heat5 } = tokens
  return {
    ...tokens,
    background: tokens.bg1,
    hover: tokens.bg3,
    heat: [heat0, heat1, heat2, heat3, heat4, heat5],
    sidesByShape,
    font: FONT_FAMILY,
    rowHeight: ROW_HEIGHT[density],
  }
}
