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
import { tidy } from '../workspace/edit.ts'
import { isSameLayout } from '../workspace/history.ts'
import type { Layout } from '../workspace/workspace.ts'
import { fromDock, GAP, toDock } from './dock-layout.ts'

type DockOptions = {
  /** The element a panel lives in; asked for when the panel is first to be seen. */
  readonly element: (panel: PanelId) => HTMLElement
  /** What stands on a panel's tab. */
  readonly name: (panel: PanelId) => string
  /** The user dragged something: this is the layout now. */
  readonly onLayout: (layout: Layout) => void
}

/**
 * The docking library around the page's panels. It is shown layouts and says what the user made of them; it decides nothing, so that a layout means
 * the same with it, before it is loaded, and without it.
 *
 * Panels are rendered `always`: their elements lie over the grid and are moved, never taken out of the page.
 */
export class Dock {
  readonly #api: DockviewApi
  readonly #container: HTMLElement
  readonly #options: DockOptions
  readonly #stops: (() => void)[] = []
  #shown: Layout | undefined
  #alone: PanelId | undefined

  constructor(container: HTMLElement, options: DockOptions) {
    this.#container = container
    this.#options = options
    this.#api = createDockview(container, {
      theme: { name: 'depthcast', className: 'depthcast-dock', gap: GAP, dndOverlayMounting: 'absolute' },
      createComponent: ({ id }) => this.#content(id),
      createTabComponent: ({ id }) => this.#tab(id),
      defaultRenderer: 'always',
      disableFloatingGroups: true,
      // The page has a voice of its own.
      announcements: false,
      noPanelsOverlay: 'emptyGroup',
    })
    this.#followUser()
  }

  /** Shows a layout. Panels that stay are moved, not made again. */
  show(wanted: Layout): void {
    const layout = tidy(wanted)
    if (this.#shown !== undefined && isSameLayout(this.#shown, layout)) {
      this.#shown = layout
      this.#bringForward(layout)
      return
    }
    this.#shown = layout
    if (this.#api.hasMaximizedGroup()) this.#api.exitMaximizedGroup()
    const { clientWidth: width, clientHeight: height } = this.#container
    const focused = document.activeElement
    this.#api.fromJSON(toDock(layout, { width, height, name: this.#options.name }), { reuseExistingPanels: true })
    this.#api.layout(width, height, true)
    this.#dress()
    this.#applyAlone()
    giveBack(focused)
  }

  /** Gives the whole page to one panel, or, by undefined, back to all. */
  maximise(panel: PanelId | undefined): void {
    this.#alone = panel
    this.#applyAlone()
  }

  /** Begins to drag a panel by something of its own; it can be dropped wherever a tab can. */
  drag(id: PanelId, event: DragEvent): void {
    const panel = this.#api.getPanel(id)
    if (panel === undefined || event.dataTransfer === null) return
    const transfer = LocalSelectionTransfer.getInstance<PanelTransfer>()
    transfer.setData([new PanelTransfer(this.#api.id, panel.group.id, id)], PanelTransfer.prototype)
    event.dataTransfer.effectAllowed = 'move'
    event.dataTransfer.setData('text/plain', this.#options.name(id))
    const end = (): void => transfer.clearData(PanelTransfer.prototype)
    event.target?.addEventListener('dragend', end, { once: true })
  }

  close(): void {
    for (const stop of this.#stops) stop()
    this.#api.dispose()
  }

  #bringForward(layout: Layout): void {
    for (const id of fronts(layout)) {
      const panel = this.#api.getPanel(id)
      if (panel !== undefined && panel.group.activePanel !== panel) panel.api.setActive()
    }
  }

  #applyAlone(): void {
    if (this.#api.hasMaximizedGroup()) this.#api.exitMaximizedGroup()
    const panel = this.#alone === undefined ? undefined : this.#api.getPanel(this.#alone)
    if (panel !== undefined) this.#api.maximizeGroup(panel)
  }

  /** Only what a hand did is told: what follows from the size of the window, or from a layout that was shown, is nobody's wish. */
  #followUser(): void {
    const heard = [
      this.#api.onDidMutateLayout(({ origin }) => origin === 'user' && this.#tell()),
      this.#api.onDidActivePanelChange(({ origin }) => origin === 'user' && this.#tell()),
    ]
    let isResizing = false
    const down = (event: PointerEvent): void => {
      isResizing = event.target instanceof Element && event.target.closest('.dv-sash') !== null
    }
    const up = (): void => {
      if (isResizing) this.#tell()
      isResizing = false
    }
    this.#container.addEventListener('pointerdown', down)
    document.addEventListener('pointerup', up)
    this.#stops.push(
      ...heard.map((each) => () => each.dispose()),
      () => this.#container.removeEventListener('pointerdown', down),
      () => document.removeEventListener('pointerup', up),
    )
  }

  #tell(): void {
    this.#dress()
    if (this.#api.hasMaximizedGroup()) return
    const layout = fromDock(this.#api.toJSON())
    if (layout === undefined) return
    const made = tidy(layout)
    if (this.#shown !== undefined && isShown(this.#shown, made)) return
    this.#shown = made
    this.#options.onLayout(made)
  }

  /** Tabs only where there is a choice. A group is no landmark: the panel in it is. */
  #dress(): void {
    for (const group of this.#api.groups) {
      group.header.hidden = group.panels.length < 2
      group.element.role = 'group'
    }
  }

  /** A panel behind another tab is opened when it comes to the front; behind one again, it is out of sight, and so paused. */
  #content(id: PanelId): IContentRenderer {
    const element = document.createElement('div')
    element.className = 'depthcast-seat'
    let host: HTMLElement | undefined
    const see = (isVisible: boolean): void => {
      if (isVisible && host === undefined) {
        host = this.#options.element(id)
        element.append(host)
      }
      if (host !== undefined) host.hidden = !isVisible
    }
    let unfollow = (): void => {}
    return {
      element,
      init: ({ api }) => {
        see(api.isVisible)
        const heard = api.onDidVisibilityChange(({ isVisible }) => see(isVisible))
        unfollow = () => heard.dispose()
      },
      dispose: () => unfollow(),
    }
  }

  #tab(id: PanelId): ITabRenderer {
    const element = document.createElement('span')
    element.className = 'depthcast-tab'
    element.textContent = this.#options.name(id)
    return { element, init: () => {} }
  }
}

/** What is put elsewhere in the page loses the focus by it, and cannot have it again before it stands there. */
function giveBack(focused: Element | null): void {
  if (!(focused instanceof HTMLElement) || focused === document.activeElement) return
  const restore = (): void => {
    if (document.activeElement === document.body) focused.focus({ preventScroll: true })
  }
  requestAnimationFrame(() => setTimeout(restore))
}

function isShown(shown: Layout, wanted: Layout): boolean {
  return isSameLayout(shown, wanted) && fronts(shown).join() === fronts(wanted).join()
}

/** The panels in front of their tabs. */
function fronts(layout: Layout): readonly PanelId[] {
  return layout.kind === 'tabs' ? [layout.active] : layout.parts.flatMap(fronts)
}
