import { SYMBOL, stage } from './engine-stage.ts'

export const BIDS = [126_285, 901, 126_284, 1730]
export const ASKS = [126_286, 220, 126_289, 1204]
const END = 'book ends \u00b7 2 levels'
export const ROWS = [
  END,
  '63,144.5 1.204 1.424',
  '63,143.0 0.220 0.220',
  '0.5 \u00b7 0.08 bp',
  '63,142.5 0.901 0.901',
  '63,142.0 1.730 2.631',
  END,
]

export async function ladder() {
  const on = stage()
  await on.start()
  const canvas = await on.open('ladder')
  on.clock.runFrame()
  return { ...on, canvas }
}

export async function shownLadder() {
  const on = await ladder()
  on.gateway.book(SYMBOL, { seq: 107, bids: BIDS, asks: ASKS })
  await on.shown()
  return on
}
