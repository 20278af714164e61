import type { Hit, Point } from '../engine/messages.ts'

/** A tip's line, and what is around its lines, CSS px. */
const LINE_PX = 16
const FRAME_PX = 4
/** Under what it tells of, where there is no room above. */
const BELOW_PX = 24

/**
 * Where a tip stands on a canvas so that none of it is outside: above what it tells of, or else below, and the further right that is, the
 * more of the tip is to its left. `shift` is percent of the tip's own width.
 */
export function placeTip({ at, text }: Hit, width: number): { left: number; top: number; shift: number } {
  const height = text.split('\n').length * LINE_PX + FRAME_PX
  const above = at.y - height
  const share = width > 0 ? Math.min(1, Math.max(0, at.x / width)) : 0
  return { left: share * width, top: above >= 0 ? above : at.y + BELOW_PX, shift: -100 * share }
}

const STEPS: ReadonlyMap<string, Point> = new Map([
  ['ArrowDown', { x: 0, y: 1 }],
  ['ArrowUp', { x: 0, y: -1 }],
  ['ArrowRight', { x: 1, y: 0 }],
  ['ArrowLeft', { x: -1, y: 0 }],
  ['PageDown', { x: 0, y: 10 }],
  ['PageUp', { x: 0, y: -10 }],
])
/** With Shift an arrow goes as far as a page. */
const FAR = 10

/** How many places a key goes by; undefined where it is none of those. */
export function stepOf({ key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>): Point | undefined {
  const step = STEPS.get(key)
  if (step === undefined || !shiftKey || Math.abs(step.y) === FAR) return step
  return { x: step.x * FAR, y: step.y * FAR }
}

/** A wheel's way in CSS px, whatever the browser counts it in. */
export function wheelBy({ deltaX, deltaY, deltaMode }: Pick<WheelEvent, 'deltaX' | 'deltaY' | 'deltaMode'>): Point {
  const unit = WHEEL_UNITS[deltaMode] ?? 1
  return { x: deltaX * unit, y: deltaY * unit }
}

/** Pixels, lines and pages: the values of `WheelEvent.deltaMode`. */
const WHEEL_UNITS = [1, 20, 200]

/** A press that goes less far than this is a click, CSS px. */
const SLOP_PX = 6

/** A press that moves what is shown: a finger, or a mouse with its first button down. */
export class Drag {
  #pointer: number | undefined
  #from: Point = { x: 0, y: 0 }
  #isMoving = false

  /** The last press moved something: what the browser calls a click after it is none. */
  get wasDragged(): boolean {
    return this.#isMoving
  }

  begin({ pointerId, button, clientX, clientY }: PointerEvent): void {
    this.#isMoving = false
    if (button !== 0) return
    this.#pointer = pointerId
    this.#from = { x: clientX, y: clientY }
  }

  /** By how much to scroll now, against the hand; undefined while nothing is dragged. */
  move({ pointerId, buttons, clientX, clientY, currentTarget }: PointerEvent): Point | undefined {
    // It may have been let go where nobody could tell.
    if (buttons === 0) this.end()
    if (pointerId !== this.#pointer) return undefined
    const by = { x: this.#from.x - clientX, y: this.#from.y - clientY }
    if (!this.#isMoving && Math.hypot(by.x, by.y) < SLOP_PX) return undefined
    // From here on it is a drag, wherever it goes.
    if (!this.#isMoving) (currentTarget as Element).setPointerCapture(pointerId)
    this.#isMoving = true
    this.#from = { x: clientX, y: clientY }
    return by
  }

  end(): void {
    this.#pointer = undefined
  }
}
