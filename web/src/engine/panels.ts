import type { Client } from '@depthcast/client'
import type { Contents, MakePanel } from './contents.ts'
import type { NumberStyle } from './decimal.ts'
import type { EngineHost } from './host.ts'
import type { FromEngine, PaintTheme, PanelId, PanelKind, PanelReport, ToEngine } from './messages.ts'
import { SecondMeter } from './meters.ts'
import type { Panel } from './panel.ts'
import { answer, answerNone, isQuestion } from './questions.ts'
import type { Life } from './traffic.ts'

export type PanelMessage = Extract<ToEngine, { kind: `panel-${string}` }>
type PanelOpen = Extract<PanelMessage, { kind: 'panel-open' }>

/** A panel, or what it will be made of once its content is here. `lostAt`: since when its canvas is away, precise ms. */
type Slot = { readonly kind: 'open'; readonly panel: Panel<unknown>; lostAt: number | undefined } | Opening
type Opening = {
  readonly kind: 'opening'
  readonly message: PanelOpen
  /** What was said to it since, in order. */
  waiting: readonly PanelMessage[]
}

export type PanelsContext = {
  readonly contents: Contents
  readonly client: Client
  readonly host: EngineHost
  readonly life: () => Life
  readonly post: (message: FromEngine, transfer?: Transferable[]) => void
  readonly theme: PaintTheme
  readonly style: NumberStyle
}

/**
 * The panels the engine paints, all of them in one frame. A kind whose content is fetched opens when that came: what is said to the panel
 * meanwhile waits, and a close leaves nothing. What cannot be painted is told by `panel-failed` and is there no more, be it for want of its program or
 * of its canvas: it takes another `panel-open`, with another canvas.
 */
export class Panels {
  readonly #of: PanelsContext
  readonly #slots = new Map<PanelId, Slot>()
  readonly #makers = new Map<PanelKind, MakePanel>()
  #theme: PaintTheme
  #style: NumberStyle
  #isPaused = false
  #isFrameAsked = false
  /** Pictures since the last look, and of the last second. */
  #painted = 0
  readonly #pictures = new SecondMeter()

  constructor(of: PanelsContext) {
    this.#of = of
    this.#theme = of.theme
    this.#style = of.style
  }

  handle(message: PanelMessage): void {
    const slot = this.#slots.get(message.panel)
    if (message.kind === 'panel-open') this.#open(message)
    else if (message.kind === 'panel-close') this.#close(message.panel)
    else if (slot?.kind === 'open') this.#tell(slot.panel, message)
    else if (slot === undefined) this.#tellNobody(message)
    else slot.waiting = withLast(slot.waiting, message)
  }

  restyle(theme: PaintTheme, style: NumberStyle): void {
    this.#theme = theme
    this.#style = style
    for (const panel of this.#opened()) panel.restyle(theme, style)
  }

  setPaused(paused: boolean): void {
    this.#isPaused = paused
    for (const panel of this.#opened()) panel.setPaused(paused)
  }

  /** Looks at the evidence behind every panel again. */
  judge(): void {
    // Counted as often as they are looked at: a tenth of a second that has only begun would be missing in what is told.
    this.#pictures.add(this.#painted, this.#of.host.precise())
    this.#painted = 0
    for (const panel of this.#opened()) panel.judge()
    this.#watchLost()
  }

  reports(): readonly PanelReport[] {
    return this.#opened().map((panel) => panel.report())
  }

  /** Of the panel that is least behind, ms; NaN while unknown. */
  get latencyMs(): number {
    const known = this.#opened().flatMap(({ latencyMs = Number.NaN }) => (Number.isNaN(latencyMs) ? [] : [latencyMs]))
    return known.length === 0 ? Number.NaN : Math.max(0, Math.min(...known))
  }

  /** Pictures of the last second. */
  get framesPerSecond(): number {
    return this.#pictures.perSecond(this.#of.host.precise())
  }

  close(): void {
    for (const id of [...this.#slots.keys()]) this.#close(id)
  }

  #open(message: PanelOpen): void {
    this.#close(message.panel)
    const source = this.#of.contents[message.panelKind]
    const make = typeof source === 'function' ? source : this.#makers.get(message.panelKind)
    if (make !== undefined) {
      this.#begin(message, make)
      return
    }
    const opening: Opening = { kind: 'opening', message, waiting: [] }
    this.#slots.set(message.panel, opening)
    this.#load(opening)
  }

  #load(opening: Opening): void {
    const { panel, panelKind } = opening.message
    const source = this.#of.contents[panelKind]
    if (typeof source === 'function') return
    source.load().then(
      (make) => {
        this.#makers.set(panelKind, make)
        // Closed meanwhile, or opened anew.
        if (this.#slots.get(panel) !== opening) return
        this.#begin(opening.message, make)
        for (const message of opening.waiting) this.handle(message)
      },
      (error: unknown) => {
        if (this.#slots.get(panel) !== opening) return
        this.#answerWaiting(opening)
        this.#fail(panel, error)
      },
    )
  }

  #begin(message: PanelOpen, make: MakePanel): void {
    const { panel: id, surface, symbol, options } = message
    const { client, host, life, post } = this.#of
    const onDirty = (): void => this.#askFrame()
    const theme = this.#theme
    try {
      const panel = make({ panel: id, symbol, options, surface, theme, client, host, life, onDirty, post }, this.#style)
      this.#slots.set(id, { kind: 'open', panel, lostAt: undefined })
      if (this.#isPaused) panel.setPaused(true)
      this.#askFrame()
    } catch (error) {
      this.#fail(id, error)
    }
  }

  /** Nothing is shown, and the page hears why. */
  #fail(panel: PanelId, error: unknown): void {
    this.#slots.delete(panel)
    this.#of.post({ kind: 'panel-failed', panel, reason: error instanceof Error ? error.message : String(error) })
  }

  /** The browser restores a lost canvas within a second or two, or not at all. */
  #watchLost(): void {
    const now = this.#of.host.precise()
    for (const [id, slot] of this.#slots) {
      if (slot.kind !== 'open') continue
      slot.lostAt = slot.panel.surface.isLost ? (slot.lostAt ?? now) : undefined
      if (slot.lostAt !== undefined && now - slot.lostAt > LOST_AFTER_MS) {
        slot.panel.close()
        this.#fail(id, new Error('the browser took the canvas away and gave none back'))
      }
    }
  }

  #tellNobody(message: PanelMessage): void {
    if (isQuestion(message)) answerNone(message, this.#of.post)
  }

  #tell(panel: Panel<unknown>, message: Exclude<PanelMessage, { kind: 'panel-open' | 'panel-close' }>): void {
    if (isQuestion(message)) {
      answer(message, panel, this.#style, this.#of.post)
      return
    }
    switch (message.kind) {
      case 'panel-symbol':
        panel.setSymbol(message.symbol)
        break
      case 'panel-options':
        panel.setOptions(message.options)
        break
      case 'panel-resize':
        panel.resize(message)
        break
      case 'panel-visible':
        panel.setVisible(message.visible)
        break
      case 'panel-scroll':
      case 'panel-resume':
      case 'panel-hover':
      case 'panel-step':
        panel.move(message)
        break
    }
  }

  #close(id: PanelId): void {
    const slot = this.#slots.get(id)
    this.#slots.delete(id)
    if (slot?.kind === 'open') slot.panel.close()
    else if (slot !== undefined) this.#answerWaiting(slot)
  }

  /** Whoever asked is not kept waiting for what will not come. */
  #answerWaiting(opening: Opening): void {
    for (const message of opening.waiting) this.#tellNobody(message)
    opening.waiting = opening.waiting.filter((message) => !isQuestion(message))
  }

  #opened(): Panel<unknown>[] {
    return [...this.#slots.values()].flatMap((slot) => (slot.kind === 'open' ? [slot.panel] : []))
  }

  #askFrame(): void {
    if (this.#isFrameAsked) return
    this.#isFrameAsked = true
    this.#of.host.frame(() => {
      this.#isFrameAsked = false
      const due = [...this.#slots].flatMap(([id, slot]) =>
        slot.kind === 'open' && slot.panel.needsPaint ? [{ id, panel: slot.panel }] : [],
      )
      if (due.length > 0) this.#painted += 1
      for (const { id, panel } of due) this.#paint(id, panel)
    })
  }

  /** What one panel cannot paint is no other panel's matter. */
  #paint(id: PanelId, panel: Panel<unknown>): void {
    try {
      panel.paint(this.#style)
    } catch (error) {
      panel.close()
      this.#fail(id, error)
    }
  }
}

const LOST_AFTER_MS = 3000

/** In order, and of what takes the place of what was said before only the last: a panel that never opens gathers nothing. */
function withLast(waiting: readonly PanelMessage[], message: PanelMessage): readonly PanelMessage[] {
  // There is nothing to scroll yet.
  if (message.kind === 'panel-scroll' || message.kind === 'panel-step' || message.kind === 'panel-resume')
    return waiting
  if (isQuestion(message)) return [...waiting, message]
  return [...waiting.filter(({ kind }) => kind !== message.kind), message]
}
