import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { METRICS } from '../src/metric-table.ts'

type Panel = {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly datasource?: unknown
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[]
}

const DASHBOARD = JSON.parse(readFileSync(new URL('../../docs/grafana.json', import.meta.url), 'utf8')) as {
  readonly schemaVersion: number
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] }
  readonly panels: readonly Panel[]
}
const TARGETS = DASHBOARD.panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })))
const metricsIn = (expr: string) => [...expr.matchAll(/depthcast_\w+/g)].map(([name]) => name)

test('the dashboard shows every metric there is, and none that is not', () => {
  const shown = new Set(TARGETS.flatMap(({ expr }) => metricsIn(expr)))
  expect([...shown].toSorted()).toEqual(Object.keys(METRICS).toSorted())
})

test('counters are shown as rates and gauges as they are, by labels that they have', () => {
  for (const { title, expr, legendFormat } of TARGETS) {
    for (const name of metricsIn(expr)) {
      const { type, labels } = METRICS[name as keyof typeof METRICS]
      const isRate = expr.includes(`rate(${name}{instance=~"$instance"}[$__rate_interval])`)
      expect([title, name, isRate]).toEqual([title, name, type === 'counter'])
      const by = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '))
      expect([...labels, 'instance']).toEqual(expect.arrayContaining(by))
      const inLegend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)
      expect([title, by]).toEqual([title, expect.arrayContaining(inLegend)])
    }
  }
})

test('it imports: a data source to choose, panels with ids of their own that do not lie on each other', () => {
  expect(DASHBOARD.schemaVersion).toBeGreaterThanOrEqual(39)
  expect(DASHBOARD.templating.list).toMatchObject([
    { name: 'datasource', type: 'datasource' },
    { name: 'instance', type: 'query' },
  ])
  const { panels } = DASHBOARD
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
    'Clients',
    'Delivery',
    'Slow clients',
    'Feeds',
    'Process',
  ])
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
  expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24)
  for (const { title, type, datasource } of panels) {
    if (type !== 'row')
      expect([title, datasource]).toEqual([
        title,
        { type: 'prometheus', uid: expect.stringMatching(/^\$\{datasource\}$/) },
      ])
  }
})
