import type { PanelId, PanelKind, PanelOptions, Surface } from '../engine/messages.ts'
import type { Desk } from '../state/desk.ts'
import { followSight } from './sight.ts'

/**
 * A canvas that the engine paints: made here, measured here, and handed over for good. One surface lives as long as its container; a new
 * container gets a new canvas, since a canvas can be transferred only once.
 */
export class PaintedSurface {
  readonly #desk: Desk
  readonly #panel: PanelId
  readonly #kind: PanelKind
  #symbol: string | undefined
  #options: PanelOptions | undefined

  constructor(desk: Desk, panel: PanelId, kind: PanelKind) {
    this.#desk = desk
    this.#panel = panel
    this.#kind = kind
  }

  /** Puts the canvas into the container and opens the panel; returns how to undo both. */
  open(container: HTMLElement, symbol: string, options: PanelOptions): () => void {
    const canvas = document.createElement('canvas')
    canvas.ariaHidden = 'true'
    container.prepend(canvas)
    // What scrolls must be reachable by keyboard.
    container.tabIndex = 0
    const box = container.getBoundingClientRect()
    const shared = this.#desk.place === 'worker' ? canvas.transferControlToOffscreen() : canvas
    const surface: Surface = { canvas: shared, width: box.width, height: box.height, dpr: devicePixelRatio }
    this.#symbol = symbol
    this.#options = options
    this.#desk.send(
      { kind: 'panel-open', panel: this.#panel, panelKind: this.#kind, symbol, options, surface },
      shared instanceof OffscreenCanvas ? [shared] : [],
    )
    const stopWatching = [this.#followSize(container), this.#followVisibility(container)]
    return () => {
      for (const stop of stopWatching) stop()
      this.#desk.closeSurface(this.#panel)
      this.#symbol = undefined
      canvas.remove()
    }
  }

  setSymbol(symbol: string): void {
    if (this.#symbol === undefined || this.#symbol === symbol) return
    this.#symbol = symbol
    this.#desk.send({ kind: 'panel-symbol', panel: this.#panel, symbol })
  }

  setOptions(options: PanelOptions): void {
    if (this.#symbol === undefined || this.#options === options) return
    this.#options = options
    this.#desk.send({ kind: 'panel-options', panel: this.#panel, options })
  }

  #followSize(container: HTMLElement): () => void {
    const observer = new ResizeObserver((entries) => {
      const box = entries.at(-1)?.contentRect
      if (box === undefined || box.width === 0 || box.height === 0) return
      this.#desk.send({
        kind: 'panel-resize',
        panel: this.#panel,
        width: box.width,
        height: box.height,
        dpr: devicePixelRatio,
      })
    })
    observer.observe(container)
    return () => observer.disconnect()
  }

  /** A panel nobody sees is paused at the server: scrolled away, in another tab of the phone, or the whole page hidden. */
  #followVisibility(container: HTMLElement): () => void {
    const panel = this.#panel
    return followSight(container, (visible) => this.#desk.send({ kind: 'panel-visible', panel, visible }))
  }
}
