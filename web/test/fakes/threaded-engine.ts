import { onTestFinished } from 'vitest'
import type { FromEngine, PanelKind, PanelOptions, ToEngine } from '../../src/engine/messages.ts'
import { paintTheme } from '../../src/theme/paint.ts'
import { TOKENS } from '../../src/theme/palettes.ts'
import { type Script, scriptedEngine } from './scripted-engine.ts'

export const SYMBOL = 'test:BTC-USD'
/** Of every canvas. */
export const SIZE = { width: 320, height: 400, dpr: 1 }

export type Thread = 'worker' | 'main'
type Table = Extract<FromEngine, { kind: 'table' }>
type Send = (message: ToEngine | Script, transfer?: Transferable[]) => void

export function themed(scheme: 'dark' | 'light'): ToEngine {
  return {
    kind: 'theme',
    theme: paintTheme(TOKENS[scheme], { density: 'normal' }),
    locale: 'en',
    timeZone: 'UTC',
  }
}

/** One engine on one thread, with the canvases it paints in the page, until the test ends; a panel is called by its kind. */
export function threadedEngine(thread: Thread, hear: (message: FromEngine) => void = () => {}) {
  const canvases = new Map<PanelKind, HTMLCanvasElement>()
  const asked: ((table: Table) => void)[] = []
  const send = started(thread, (message) => {
    if (message.kind === 'table') asked[message.request]?.(message)
    hear(message)
  })
  send(themed('dark'))
  send({ kind: 'connect', url: 'http://127.0.0.1:1' })

  function table(kind: PanelKind): Promise<Table> {
    return new Promise((resolve) => {
      const request = asked.push(resolve) - 1
      send({ kind: 'panel-table', panel: kind, request })
    })
  }

  return {
    send,
    table,

    async open(kind: PanelKind, options: PanelOptions): Promise<void> {
      const canvas = document.createElement('canvas')
      document.body.append(canvas)
      onTestFinished(() => canvas.remove())
      canvases.set(kind, canvas)
      const surface = thread === 'worker' ? canvas.transferControlToOffscreen() : canvas
      send(
        {
          kind: 'panel-open',
          panel: kind,
          panelKind: kind,
          symbol: SYMBOL,
          options,
          surface: { canvas: surface, ...SIZE },
        },
        thread === 'worker' ? [surface as OffscreenCanvas] : [],
      )
      // The first answer comes with its program; what that asked the gateway for is granted by the second.
      await table(kind)
      await table(kind)
    },

    /** What stands on the page, as numbers; none before the first picture. */
    pixels(kind: PanelKind): Uint8ClampedArray {
      const copy = new OffscreenCanvas(SIZE.width, SIZE.height)
      const ctx = copy.getContext('2d', { willReadFrequently: true })
      const canvas = canvases.get(kind)
      if (ctx === null || canvas === undefined || canvas.width !== SIZE.width) return new Uint8ClampedArray()
      ctx.drawImage(canvas, 0, 0)
      return ctx.getImageData(0, 0, SIZE.width, SIZE.height).data
    },
  }
}

/** How many numbers of two pictures differ; NaN where there is none to compare. */
export function different(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  if (a.length === 0 || a.length !== b.length) return Number.NaN
  return a.reduce((count, value, at) => count + (value === b[at] ? 0 : 1), 0)
}

/** Whole numbers below what is asked for, from a seed. */
export function drawn(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

function started(thread: Thread, hear: (message: FromEngine) => void): Send {
  if (thread === 'main') return scriptedEngine(hear)
  const worker = new Worker(new URL('./scripted-engine.worker.ts', import.meta.url), { type: 'module' })
  worker.onmessage = (event: MessageEvent<FromEngine>) => hear(event.data)
  onTestFinished(() => worker.terminate())
  return (message, transfer = []) => worker.postMessage(message, transfer)
}
