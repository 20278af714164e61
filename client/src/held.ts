import type { Position } from '@depthcast/protocol'
import type { AnyFolder, AnyView, ViewTerms } from './views/view.ts'

/**
 * What was held of a view when its connection was lost: good, checked, and whole up to `position`. Its folder goes on where it was, so it is
 * for one new line only.
 */
export type Held = {
  readonly position: Position
  readonly terms: ViewTerms
  readonly view: AnyView
  readonly folder: AnyFolder
  /** Losses that were told and not yet shown, and that have no numbers by which the next server could tell them again. */
  readonly lost: number
}

/** True where a position of one view is one of the other as well: the same levels or bars, in the same ticks and lots. */
export function isSameView(a: ViewTerms, b: ViewTerms): boolean {
  return (
    a.instrument.tickSize.text === b.instrument.tickSize.text &&
    a.instrument.lotSize.text === b.instrument.lotSize.text &&
    a.granted.depth === b.granted.depth &&
    a.granted.grouping === b.granted.grouping &&
    a.granted.interval === b.granted.interval
  )
}
