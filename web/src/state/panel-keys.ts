import type { sheet } from './commands.ts'

/** What a panel's picture does while it has the focus; the keys of the page mean there what they mean anywhere else. */
export const PANEL_KEYS: ReturnType<typeof sheet> = [
  {
    group: 'In a chart',
    lines: [
      { keys: '← →', title: 'Bar by bar' },
      { keys: 'PgUp PgDn', title: 'A screenful back or on' },
      { keys: 'Home End', title: 'The oldest and the newest bar' },
      { keys: 'Enter', title: 'Say all of the bar' },
      { keys: 'Shift ← →', title: 'Move the view' },
      { keys: '+ −', title: 'Zoom in and out' },
      { keys: 'Esc', title: 'Leave the bar' },
    ],
  },
  {
    group: 'In a book, trades or a heatmap',
    lines: [
      { keys: '↑ ↓ ← →', title: 'From place to place, or scroll' },
      { keys: 'Shift ↑ ↓ ← →', title: 'Ten places at a time' },
      { keys: 'Enter', title: 'Copy the price' },
      { keys: 'Home', title: 'Back to the newest' },
    ],
  },
]
