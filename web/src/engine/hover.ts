import type { Frame } from '../painters/canvas.ts'
import type { Content } from './content.ts'
import type { FromEngine, Hit, PanelId, Point, ToEngine } from './messages.ts'

/** What hands and keys do to a panel. */
export type Movement = Extract<ToEngine, { kind: 'panel-scroll' | 'panel-resume' | 'panel-hover' | 'panel-step' }>

export type HoverContext = {
  readonly panel: PanelId
  readonly content: Pick<Content<never>, 'hitAt' | 'step' | 'scroll' | 'resume'>
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

  /** True when there is something to paint. */
  move(movement: Movement, frame: Frame): boolean {
    const { content } = this.#of
    switch (movement.kind) {
      case 'panel-scroll':
        return content.scroll(scaled(movement.by, frame.dpr), frame)
      case 'panel-resume':
        content.resume()
        return true
      case 'panel-hover':
        this.at = movement.at
        return true
      case 'panel-step':
        // Where a kind has no places for the pointer to go, keys scroll by rows.
        return this.#step(movement.by, frame) || content.scroll(scaled(movement.by, frame.rowHeight), frame)
    }
  }

  /** What is at a point, CSS pixels; without one, at the pointer, which is put at its first place where it is nowhere. */
  pick(frame: Frame, at?: Point): Hit | undefined {
    if (at === undefined && this.at === undefined) this.#step({ x: 0, y: 0 }, frame)
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

  /** False where the kind has no places to go to, and nothing happened. */
  #step(by: Point, frame: Frame): boolean {
    const next = this.#of.content.step?.(this.in(frame), by, frame)
    if (next === undefined) return false
    this.at = scaled(next, 1 / frame.dpr)
    return true
  }
}

function scaled({ x, y }: Point, by: number): Point {
  return { x: x * by, y: y * by }
}
