import { expect, test } from 'vitest'
import type { PanelKind } from '../src/engine/messages.ts'
import { BARS, MAKERS, SYMBOL, stage } from './fakes/engine-stage.ts'

const TIMES = 100
const CHANNELS = ['book', 'trades', 'candles', 'ticker']

async function started() {
  const on = stage()
  await on.start()
  return {
    ...on,
    followed: () => CHANNELS.filter((channel) => on.gateway.follows(channel, SYMBOL)),
  }
}

for (const kind of Object.keys(MAKERS) as PanelKind[])
  test(`a hundred times opened and closed, ${kind} leaves the engine no panel and no subscription`, async () => {
    const on = await started()
    for (let n = 0; n < TIMES; n += 1) {
      await on.open(kind)
      expect(on.followed()).not.toEqual([])
      on.tell({ kind: 'panel-close', panel: kind })
      await on.gateway.settle()
      expect(on.followed()).toEqual([])
    }
    await on.pass(2)
    expect(on.last('panels')?.reports ?? []).toEqual([])
    const { length } = on.posted
    on.tell({ kind: 'panel-table', panel: kind, request: 1 })
    expect(on.posted.slice(length)).toMatchObject([{ kind: 'table', rows: [] }])
  })

test('a hundred times closed before the server answered, a panel leaves no subscription either', async () => {
  const on = await started()
  for (let n = 0; n < TIMES; n += 1) {
    const opening = on.open('ladder')
    on.tell({ kind: 'panel-close', panel: 'ladder' })
    await opening
    expect(on.followed()).toEqual([])
  }
})

test('a hundred times opened and closed, a chart and a list leave no subscription', async () => {
  const on = await started()
  for (let n = 0; n < TIMES; n += 1) {
    on.tell({ kind: 'bars-open', panel: 'chart', symbol: SYMBOL, interval: '1m', options: BARS })
    on.tell({ kind: 'watch', symbols: [SYMBOL] })
    await on.gateway.settle()
    expect(on.followed()).toEqual(['candles', 'ticker'])
    on.tell({ kind: 'bars-close', panel: 'chart' })
    on.tell({ kind: 'watch', symbols: [] })
    await on.gateway.settle()
    expect(on.followed()).toEqual([])
  }
})
