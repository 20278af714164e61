import type { PaintTheme } from '../engine/messages.ts'
import { type Density, FONT_FAMILY, type Tokens } from './tokens.ts'

/** Height of one dense row, CSS px. */
const ROW_HEIGHT: Readonly<Record<Density, number>> = { compact: 16, normal: 20, touch: 32 }

/** What the painters need: resolved values, since a worker cannot read CSS. */
export function paintTheme(
  tokens: Tokens,
  {
    density,
    sidesByShape = false,
    isForced = false,
  }: { readonly density: Density; readonly sidesByShape?: boolean; readonly isForced?: boolean },
): PaintTheme {
  const { heat0, heat1, heat2, heat3, heat4, heat5 } = tokens
  return {
    ...tokens,
    background: tokens.bg1,
    // On the system's own ground alone are its texts sure to be read: bars are nothing but their edges.
    ...(isForced && { upBar: tokens.bg1, downBar: tokens.bg1 }),
    hover: tokens.bg3,
    heat: [heat0, heat1, heat2, heat3, heat4, heat5],
    sidesByShape,
    font: FONT_FAMILY,
    rowHeight: ROW_HEIGHT[density],
  }
}
