/** How long a last price shows that it moved: a step, not a fade. */
const FLASH_MS = 120

const counts = new WeakMap<Element, number>()
const calm = matchMedia('(prefers-reduced-motion: reduce)')

/**
 * Shows on the cell that its price moved whenever `count` is another than the last time. A script's animation, since one of the stylesheet
 * would begin again whenever the row changes its place.
 */
export function flash(count = 0, direction?: 'up' | 'down'): (cell: HTMLElement) => void {
  return (cell) => {
    const before = counts.get(cell)
    counts.set(cell, count)
    if (before === undefined || before === count || direction === undefined || calm.matches) return
    const background = getComputedStyle(cell).getPropertyValue(`--${direction}-bar`)
    cell.animate([{ background }, { background }], { duration: FLASH_MS })
  }
}
