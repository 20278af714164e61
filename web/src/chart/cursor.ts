import type { IChartApi } from 'lightweight-charts'
import type { SplitBars } from './bars.ts'
import { seconds } from './layer.ts'
import type { SplitSeries } from './split-series.ts'
import type { VisibleRange } from './visible-range.ts'

/** What a key does on a chart, where it does anything: the crosshair goes, what is in sight moves or changes its size, or the bar is told. */
type Act =
  | { readonly act: 'step'; readonly bars: number }
  | { readonly act: 'page'; readonly way: 1 | -1 }
  | { readonly act: 'end'; readonly way: 1 | -1 }
  | { readonly act: 'pan'; readonly way: 1 | -1 }
  | { readonly act: 'zoom'; readonly by: number }
  | { readonly act: 'tell' | 'leave' }

export type Press = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>

type Of = {
  readonly chart: IChartApi
  readonly bars: SplitBars
  readonly visible: VisibleRange
  readonly price: () => SplitSeries | undefined
  /** Another bar is pointed at, or there is another width for all of them. The crosshair is to be put on its bar again. */
  readonly onMove: () => void
}

/**
 * Which bar is pointed at, by hand or by keys; whichever came last holds. The library keeps its crosshair at a place on the canvas, whatever
 * passes under it: one that was put on a bar by keys is put there again whenever that may have moved.
 */
export class Cursor {
  readonly #of: Of
  /** When the bars began, ms since 1970. */
  #keyed: number | undefined
  #hovered: number | undefined

  constructor(of: Of) {
    this.#of = of
    const { chart, onMove } = of
    chart.subscribeCrosshairMove(({ time, sourceEvent }) => {
      this.#hovered = typeof time === 'number' ? time * 1000 : undefined
      // The library tells of each of its pictures, too.
      if (sourceEvent !== undefined) this.#keyed = undefined
      onMove()
    })
    // Prices beside the chart that grow wider are one reason for it; what is said over the chart makes room.
    chart.timeScale().subscribeSizeChange(onMove)
  }

  /** Of the bar pointed at, from the oldest; undefined where none is. */
  get index(): number | undefined {
    const time = this.#keyed ?? this.#hovered
    const index = time === undefined ? -1 : this.#of.bars.indexAt(time)
    return index === -1 ? undefined : index
  }

  /** Does what a key stands for and says whether the bar was asked for or another one is pointed at; undefined where the key is none of the chart's. */
  press(press: Press): 'told' | 'moved' | 'done' | undefined {
    const does = actOf(press)
    const { bars, visible } = this.#of
    const { range } = visible
    if (does === undefined || range === undefined || bars.length === 0) return undefined
    const isPointing = this.#keyed !== undefined
    const width = range.to - range.from
    switch (does.act) {
      case 'leave':
        if (isPointing) this.leave()
        // Where there is nothing to leave the key is the page's.
        return isPointing ? 'done' : undefined
      case 'zoom':
        this.#zoom(range, does.by)
        return 'done'
      case 'pan':
        visible.show(shifted(range, does.way * Math.max(1, Math.round(width * PAN_SHARE))))
        return 'done'
      case 'tell':
        if (this.index === undefined) this.#go(this.#newestInSight(range))
        return 'told'
      case 'step':
      case 'page':
      case 'end': {
        const from = this.index
        const by = does.act === 'step' ? does.bars : does.way * (does.act === 'page' ? Math.floor(width) : bars.length)
        // The first step only shows where one is.
        if (from === undefined && does.act === 'step') this.#go(this.#newestInSight(range))
        else this.#go((from ?? this.#newestInSight(range)) + by)
        return 'moved'
      }
    }
  }

  /** Nothing is pointed at by keys any more. */
  leave(): void {
    if (this.#keyed === undefined) return
    this.#keyed = undefined
    this.#of.chart.clearCrosshairPosition()
    this.#of.onMove()
  }

  /** Puts the crosshair on its bar, wherever that is now. */
  place(): void {
    const { chart, bars } = this.#of
    const { index } = this
    const bar = this.#keyed === undefined || index === undefined ? undefined : bars.get(index)
    const price = this.#of.price()
    if (bar === undefined || price === undefined) return
    // The library throws where nothing is in sight to measure by.
    const isMeasured = [price.frozen, price.live].some((series) => series.priceToCoordinate(bar.close) !== null)
    if (isMeasured) chart.setCrosshairPosition(bar.close, seconds(bar.time), price.live)
  }

  #go(wanted: number): void {
    const { bars, visible, onMove } = this.#of
    const index = Math.min(bars.length - 1, Math.max(0, wanted))
    this.#keyed = bars.get(index)?.time
    const { range } = visible
    // The edges hold half bars, and on the right the room for what is to come.
    if (range !== undefined && (index < range.from + 1 || index > range.to - 1))
      visible.show(shifted(range, index < range.from + 1 ? index - range.from - 1 : index - range.to + 1))
    this.place()
    onMove()
  }

  /** About the bar pointed at, or the newest in sight: it stays where it is. */
  #zoom(range: { readonly from: number; readonly to: number }, by: number): void {
    const width = range.to - range.from
    const next = Math.min(Math.max(FEWEST, this.#of.bars.length * 2), Math.max(FEWEST, width * by))
    const { index = this.#newestInSight(range) } = this
    const at = Math.min(range.to, Math.max(range.from, index))
    const share = (at - range.from) / width
    this.#of.visible.show({ from: at - next * share, to: at + next * (1 - share) })
  }

  #newestInSight({ to }: { readonly to: number }): number {
    return Math.min(this.#of.bars.length - 1, Math.max(0, Math.floor(to)))
  }
}

/** Bars in sight at the least. */
const FEWEST = 5
const ZOOM = 1.25
const PAN_SHARE = 1 / 8

function shifted({ from, to }: { readonly from: number; readonly to: number }, by: number) {
  return { from: from + by, to: to + by }
}

const ACTS: Readonly<Record<string, Act>> = {
  ArrowLeft: { act: 'step', bars: -1 },
  ArrowRight: { act: 'step', bars: 1 },
  PageUp: { act: 'page', way: -1 },
  PageDown: { act: 'page', way: 1 },
  Home: { act: 'end', way: -1 },
  End: { act: 'end', way: 1 },
  'Shift ArrowLeft': { act: 'pan', way: -1 },
  'Shift ArrowRight': { act: 'pan', way: 1 },
  '+': { act: 'zoom', by: 1 / ZOOM },
  '-': { act: 'zoom', by: ZOOM },
  Enter: { act: 'tell' },
  Escape: { act: 'leave' },
}

/** Marks are as they print: where they need Shift, and whether the plus does, is the keyboard's matter. */
function actOf({ key, shiftKey, ctrlKey, metaKey, altKey }: Press): Act | undefined {
  if (ctrlKey || metaKey || altKey) return undefined
  const mark = { '=': '+', _: '-', '\u2212': '-' }[key] ?? key
  return ACTS[shiftKey && mark.length > 1 ? `Shift ${mark}` : mark]
}
