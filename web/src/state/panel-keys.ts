/** Keys that act only where the focus is, and there whatever is set for the page's own (WCAG 2.1.4 asks no more of them). */
export type PlaceKeys = {
  /** Where the focus has to be. */
  readonly group: string
  readonly lines: readonly {
    readonly keys: string
    readonly title: string
    /** As `KeyboardEvent.key` has them, `Shift+` before what needs it. */
    readonly presses: readonly string[]
  }[]
}

const ARROWS = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'] as const
const PAGES = { keys: 'PgUp PgDn', presses: ['PageUp', 'PageDown'] } as const
const ENDS = { keys: 'Home End', presses: ['Home', 'End'] } as const
const UP_DOWN = { keys: '↑ ↓', presses: ['ArrowUp', 'ArrowDown'] } as const

/** What each part of the page does with keys of its own. Tests press every one of them. */
export const PANEL_KEYS = {
  chart: {
    group: 'On a chart',
    lines: [
      { keys: '← →', title: 'From bar to bar', presses: ['ArrowLeft', 'ArrowRight'] },
      { ...PAGES, title: 'As many bars as are in sight' },
      { ...ENDS, title: 'The oldest bar, the newest' },
      { keys: 'Enter', title: 'Say all of the bar', presses: ['Enter'] },
      { keys: 'Shift ← →', title: 'Back and forth in time', presses: ['Shift+ArrowLeft', 'Shift+ArrowRight'] },
      { keys: '+ −', title: 'Fewer bars in sight, more', presses: ['+', '-'] },
      { keys: 'Esc', title: 'Leave the bar', presses: ['Escape'] },
    ],
  },
  painted: {
    group: 'On a book, depth, trades or heatmap',
    lines: [
      { keys: '← → ↑ ↓', title: 'From place to place, which is said; or scroll', presses: ARROWS },
      { keys: 'Shift ← → ↑ ↓', title: 'Ten places', presses: ARROWS.map((key) => `Shift+${key}`) },
      { ...PAGES, title: 'Ten rows' },
      { keys: 'Enter C', title: 'Copy the price', presses: ['Enter', 'c'] },
      { keys: 'Home Esc', title: 'Back to the newest, or to the middle', presses: ['Home', 'Escape'] },
    ],
  },
  list: {
    group: 'In a list of instruments',
    lines: [
      { ...UP_DOWN, title: 'From row to row' },
      { ...PAGES, title: 'As many rows as are in sight' },
      { ...ENDS, title: 'The first row, the last' },
      { keys: 'Enter', title: 'Show the instrument', presses: ['Enter'] },
    ],
  },
  tab: {
    group: 'On a tab',
    lines: [{ keys: '← →', title: 'To the tab beside it', presses: ['ArrowLeft', 'ArrowRight'] }],
  },
  menu: {
    group: 'In a panel’s menu',
    lines: [
      { ...UP_DOWN, title: 'From line to line' },
      { ...ENDS, title: 'The first line, the last' },
    ],
  },
  palette: {
    group: 'While finding',
    lines: [
      { ...UP_DOWN, title: 'From one that was found to the next' },
      { ...PAGES, title: 'Eight of them' },
      { keys: 'Enter', title: 'Do it', presses: ['Enter'] },
    ],
  },
} as const satisfies Readonly<Record<string, PlaceKeys>>
