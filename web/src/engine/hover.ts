import type { Frame } from '../painters/canvas.ts'
import type { Content } from './content.ts'
import type { FromEngine, Hit, PanelId, Point } from './messages.ts'

export type HoverContext = {
  readonly panel: PanelId
  readonly content: Pick<Content<never>, 'hitAt' | 'step'>
  readonly post: (message: FromEngine) => void
}

/** Where the pointer is on a panel, by hand or by keys, and what the page was last told is under it. */
export class Hover {
  readonly #of: HoverContext
  #told = ''
  /** CSS pixels; undefined while it is elsewhere. */
  at: Point | undefined

  constructor(of: HoverContext) {
    this.#of = of
  }

  /** Device pixels. */
  in({ dpr }: Frame): Point | undefined {
    return this.at && scaled(this.at, dpr)
  }

  /** Goes by as many places as keys say; false where the kind has none, and nothing happened. */
  step(by: Point, frame: Frame): boolean {
    const next = this.#of.content.step?.(this.in(frame), by, frame)
    if (next === undefined) return false
    this.at = scaled(next, 1 / frame.dpr)
    return true
  }

  /** What is at a point, CSS pixels; without one, at the pointer, which is put at its first place where it is nowhere. */
  pick(frame: Frame, at?: Point): Hit | undefined {
    if (at === undefined && this.at === undefined) this.step({ x: 0, y: 0 }, frame)
    const point = at ?? this.at
    return point && this.#of.content.hitAt(scaled(point, frame.dpr), frame)
  }

  /** Tells the page what is there now, when that is something else. */
  tell(frame: Frame): void {
    const { panel, content, post } = this.#of
    const pointer = this.in(frame)
    const hit = pointer && content.hitAt(pointer, frame)
    const key = hit === undefined ? '' : `${hit.at.x} ${hit.at.y} ${hit.price} ${hit.text}`
    if (key === this.#told) return
    this.#told = key
    post({ kind: 'hit', panel, hit })
  }
}

export function scaled({ x, y }: Point, by: number): Point {
  return { x: x * by, y: y * by }
}
