import { preset, split, tabs } from '../../src/workspace/first.ts'

/** One panel of each of the four kinds that most tests are about, side by side, as a page with few panels is. */
export const FOUR_PANELS = preset(
  'Flow',
  split(
    'row',
    [54, tabs('chart-1')],
    [23, tabs('ladder-1')],
    [23, split('column', [7, tabs('tape-1')], [5, tabs('watch-1')])],
  ),
)
