import './dock.css'
import {
  createDockview,
  type DockviewApi,
  type IContentRenderer,
  type ITabRenderer,
  LocalSelectionTransfer,
  PanelTransfer,
} from 'dockview-core'
import type { PanelId } from '../engine/messages.ts'
import { panelName } from '../panels/registry.ts'
import type { Desk } from '../state/desk.ts'
import { GAP, type Size } from '../workspace/boxes.ts'
import { tidy } from '../workspace/edit.ts'
import { isSameLayout } from '../workspace/history.ts'
import type { Layout } from '../workspace/workspace.ts'
import { fromDock, toDock } from './dock-layout.ts'

type DockOptions = {
  /** What stands on a panel's tab. */
  readonly name: (panel: PanelId) => string
  /** A gap is being dragged: this is the layout while it is. */
  readonly onDrag: (layout: Layout) => void
  /** The user dragged something: this is the layout now. */
  readonly onLayout: (layout: Layout) => void
  readonly onClose: () => void
}

/** Lays the docking over a page's panels. `press` is one on a gap that is not over yet; `onDrag` hears how the layout would be while a gap is dragged. */
export function dockOver(
  pane: HTMLElement,
  {
    desk,
    size,
    press,
    onDrag,
  }: {
    readonly desk: Desk
    readonly size: Size
    readonly press: PointerEvent | undefined
    readonly onDrag: (layout: Layout | undefined) => void
  },
): Dock {
  const dock = new Dock(pane, {
    name: (panel) => panelName(desk.workspace, panel),
    onDrag,
    onLayout: (layout) => {
      onDrag(undefined)
      desk.arrange((workspace) => ({ ...workspace, layout }))
    },
    onClose: () => desk.dragger.set(undefined),
  })
  dock.show(desk.workspace.layout, size)
  desk.dragger.set((panel, event) => dock.drag(panel, event))
  if (press !== undefined) dock.takeOver(press)
  return dock
}

/**
 * The docking library as an empty pane of glass over the page's panels: it tells what a hand that drags wants. It is shown layouts and says what
 * the user made of them; it decides nothing and holds nothing, so that a layout means the same with it, before it is loaded, and without it.
 *
 * Only its gaps feel the pointer; while something is dragged, all of it does.
 */
export class Dock {
  readonly #api: DockviewApi
  readonly #container: HTMLElement
  readonly #options: DockOptions
  readonly #stops: (() => void)[] = []
  #shown: { readonly layout: Layout; readonly size: Size } | undefined

  constructor(container: HTMLElement, options: DockOptions) {
    this.#container = container
    this.#options = options
    this.#api = createDockview(container, {
      theme: { name: 'depthcast', className: 'depthcast-dock', dndOverlayMounting: 'absolute' },
      createComponent: () => nothing(),
      createTabComponent: ({ id }) => this.#tab(id),
      // Its size is told with every layout.
      disableAutoResizing: true,
      disableFloatingGroups: true,
      // The page has a voice of its own.
      announcements: false,
      noPanelsOverlay: 'emptyGroup',
    })
    this.#followUser()
  }

  /** Shows a layout as it stands in a room of this size. */
  show(wanted: Layout, size: Size): void {
    const layout = tidy(wanted)
    const before = this.#shown
    this.#shown = { layout, size }
    const isThere = before?.size.width === size.width && before.size.height === size.height
    if (isThere && isSameLayout(before.layout, layout)) this.#bringForward(layout)
    else {
      this.#api.fromJSON(toDock(layout, { ...size, name: this.#options.name }), { reuseExistingPanels: true })
      this.#api.layout(size.width, size.height, true)
    }
    this.#dress()
  }

  /** Begins to drag a panel by something of its own; it can be dropped wherever a tab can. */
  drag(id: PanelId, event: DragEvent): void {
    const panel = this.#api.getPanel(id)
    if (panel === undefined || event.dataTransfer === null) return
    const transfer = LocalSelectionTransfer.getInstance<PanelTransfer>()
    transfer.setData([new PanelTransfer(this.#api.id, panel.group.id, id)], PanelTransfer.prototype)
    event.dataTransfer.effectAllowed = 'move'
    event.dataTransfer.setData('text/plain', this.#options.name(id))
    // What changes under the pointer now ends the drag.
    const begun = setTimeout(() => this.#container.classList.add('dragging'))
    const end = (): void => {
      clearTimeout(begun)
      this.#container.classList.remove('dragging')
      transfer.clearData(PanelTransfer.prototype)
    }
    event.target?.addEventListener('dragend', end, { once: true })
  }

  /** Goes on with a press on a gap that came before this did. */
  takeOver(press: PointerEvent): void {
    const { clientX, clientY } = press
    const sash = [...this.#container.querySelectorAll('.dv-sash')].find((each) => {
      const { left, right, top, bottom } = each.getBoundingClientRect()
      return clientX >= left - GAP && clientX <= right + GAP && clientY >= top - GAP && clientY <= bottom + GAP
    })
    const { pointerId, pointerType, buttons } = press
    sash?.dispatchEvent(
      new PointerEvent('pointerdown', { bubbles: true, clientX, clientY, pointerId, pointerType, buttons }),
    )
  }

  close(): void {
    this.#options.onClose()
    for (const stop of this.#stops) stop()
    this.#api.dispose()
  }

  #bringForward(layout: Layout): void {
    for (const id of fronts(layout)) {
      const panel = this.#api.getPanel(id)
      if (panel !== undefined && panel.group.activePanel !== panel) panel.api.setActive()
    }
  }

  /** Only what a hand did is told: what follows from the size of the window, or from a layout that was shown, is nobody's wish. */
  #followUser(): void {
    const heard = this.#api.onDidMutateLayout(({ origin }) => origin === 'user' && this.#tell())
    let isResizing = false
    const down = (event: PointerEvent): void => {
      isResizing = event.target instanceof Element && event.target.closest('.dv-sash') !== null
    }
    const move = (): void => {
      const layout = isResizing ? fromDock(this.#api.toJSON()) : undefined
      if (layout !== undefined) this.#options.onDrag(layout)
    }
    const up = (): void => {
      if (isResizing) this.#tell()
      isResizing = false
    }
    this.#container.addEventListener('pointerdown', down)
    // After the library's own, which come with each press: those that move and those that end one.
    addEventListener('pointermove', move)
    addEventListener('pointerup', up)
    addEventListener('pointercancel', up)
    this.#stops.push(
      () => heard.dispose(),
      () => this.#container.removeEventListener('pointerdown', down),
      () => removeEventListener('pointermove', move),
      () => removeEventListener('pointerup', up),
      () => removeEventListener('pointercancel', up),
    )
  }

  #tell(): void {
    this.#dress()
    const layout = fromDock(this.#api.toJSON())
    if (layout === undefined || this.#shown === undefined) return
    const made = tidy(layout)
    this.#shown = { ...this.#shown, layout: made }
    this.#options.onLayout(made)
  }

  /** Tabs only where there is a choice; and nothing of it is for the keyboard, which has the page's own. */
  #dress(): void {
    for (const group of this.#api.groups) group.header.hidden = group.panels.length < 2
    for (const each of this.#container.querySelectorAll('[tabindex]')) each.removeAttribute('tabindex')
  }

  /** As wide as the page's own, so that it is dropped between those two that it is seen over. */
  #tab(id: PanelId): ITabRenderer {
    const element = document.createElement('span')
    element.textContent = this.#options.name(id)
    return { element, init: () => {} }
  }
}

/** The panels themselves stand beneath it. */
function nothing(): IContentRenderer {
  return { element: document.createElement('div'), init: () => {} }
}

/** The panels in front of their tabs. */
function fronts(layout: Layout): readonly PanelId[] {
  return layout.kind === 'tabs' ? [layout.active] : layout.parts.flatMap(fronts)
}
