import { FLOW, preset, split, tabs } from './first.ts'
import type { Workspace } from './workspace.ts'

/** One chart, as large as it gets, with the book and what else there is to look at. */
const CHART = preset(
  'Chart',
  split('row', [77, tabs('chart-1')], [23, split('column', [3, tabs('ladder-1')], [2, tabs('watch-1')])]),
)

/** Two books of one instrument, fine and coarse, beside the trades and the last minutes. */
const SCALP = preset(
  'Scalp',
  split(
    'row',
    [26, tabs('ladder-1')],
    [26, tabs('ladder-2')],
    [22, tabs('tape-1')],
    [26, split('column', [3, tabs('chart-1')], [2, tabs('watch-1')])],
  ),
  {
    'ladder-1': { rateMs: 50 },
    'ladder-2': { depth: 50, grouping: 10, rateMs: 200 },
    'tape-1': { rateMs: 50 },
    'chart-1': { interval: '1s' },
  },
)

/** Four instruments at once, each a group of its own, and all of them by what they did and as a list. */
const OVERVIEW = preset(
  'Overview',
  split(
    'row',
    [38, split('column', [1, tabs('chart-1')], [1, tabs('chart-3')])],
    [38, split('column', [1, tabs('chart-2')], [1, tabs('chart-4')])],
    [24, split('column', [3, tabs('market-1')], [2, tabs('watch-1')])],
  ),
  {},
  { 'chart-2': 2, 'chart-3': 3, 'chart-4': 4 },
)

/** What a menu offers, on a desktop and on a tablet. */
export const PRESETS: readonly Workspace[] = [FLOW, CHART, SCALP, OVERVIEW]
