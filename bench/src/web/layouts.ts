type Panel = { readonly options: object }

/** The reference load's page: eight panels of one busy instrument, their books as fast as the gateway gives them, beside a watchlist. */
export const REFERENCE = workspaces(
  [
    ['chart-1', 'heatmap-1'],
    ['ladder-1', 'depth-1'],
    ['ladder-2', 'tape-1'],
    ['tape-2', 'watch-1'],
  ],
  {
    'chart-1': { options: { interval: '1s' } },
    'heatmap-1': { options: {} },
    'ladder-1': { options: { rateMs: 1, depth: 25 } },
    'ladder-2': { options: { rateMs: 1, depth: 50, grouping: 10 } },
    'depth-1': { options: { rateMs: 1 } },
    'tape-1': { options: { rateMs: 1 } },
    'tape-2': { options: { rateMs: 1, minValue: '0.1' } },
    'watch-1': { options: {} },
  },
  'simulated:BTC-USD',
)

/** A stored desktop layout: columns of panels one above the other, all of one instrument. */
function workspaces(
  columns: readonly (readonly string[])[],
  panels: Readonly<Record<string, Panel>>,
  symbol: string,
): object {
  const tabs = (panel: string) => ({ kind: 'tabs', panels: [panel], active: panel })
  const desktop = {
    version: 1,
    name: 'Reference',
    layout: {
      kind: 'row',
      parts: columns.map((column) => ({ kind: 'column', parts: column.map(tabs), sizes: column.map(() => 1) })),
      sizes: columns.map(() => 1),
    },
    panels: Object.fromEntries(
      Object.entries(panels).map(([id, { options }]) => [id, { kind: id.replace(/-\d+$/, ''), group: 1, options }]),
    ),
    groups: { 1: symbol },
  }
  return { desktop }
}
