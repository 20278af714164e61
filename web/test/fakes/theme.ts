import type { PaintTheme } from '../../src/engine/messages.ts'

/** Each colour says what it is for, so that a test reads like the rule. */
export const THEME: PaintTheme = {
  background: 'background',
  textHigh: 'high',
  text: 'text',
  textMid: 'mid',
  textLow: 'low',
  line: 'line',
  hover: 'hover',
  up: 'up',
  down: 'down',
  upBar: 'upBar',
  downBar: 'downBar',
  textMidOnBar: 'mid',
  textLowOnBar: 'low',
  warn: 'warn',
  error: 'error',
  sidesByShape: false,
  heat: ['#000000', '#FFFFFF'],
  font: 'Test, monospace',
  rowHeight: 20,
}
