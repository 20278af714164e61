import { createContext } from 'svelte'
import type { PanelId } from '../engine/messages.ts'
import type { PanelKind } from '../panels/registry.ts'

type Host = { readonly element: HTMLElement; readonly close: () => void }

/**
 * Keeps each panel's component alive in an element of its own, however often the page around it is rearranged: a canvas that was handed to a worker
 * cannot be made again without losing what stands on it.
 */
export class PanelHosts {
  readonly #hosts = new Map<PanelId, Host>()
  readonly #mount: (target: HTMLElement, panel: PanelId, kind: PanelKind) => () => void

  /** `mount` puts a panel's component into an element and returns how to take it out again. */
  constructor(mount: (target: HTMLElement, panel: PanelId, kind: PanelKind) => () => void) {
    this.#mount = mount
  }

  /** The panel's element, to be put wherever it is to be seen; the panel is opened when it is first asked for. */
  element(panel: PanelId, kind: PanelKind): HTMLElement {
    const known = this.#hosts.get(panel)
    if (known !== undefined) return known.element
    const element = document.createElement('div')
    element.className = 'host'
    let unmount: (() => void) | undefined
    let isClosed = false
    // Not in the effect that asks: what is mounted in one lives no longer than it.
    queueMicrotask(() => {
      if (!isClosed) unmount = this.#mount(element, panel, kind)
    })
    const close = (): void => {
      isClosed = true
      unmount?.()
    }
    this.#hosts.set(panel, { element, close })
    return element
  }

  /** Closes every panel that is not among these. */
  keep(panels: ReadonlySet<PanelId>): void {
    for (const [panel, { element, close }] of this.#hosts) {
      if (panels.has(panel)) continue
      this.#hosts.delete(panel)
      close()
      element.remove()
    }
  }

  close(): void {
    this.keep(new Set())
  }
}

export const [useHosts, provideHosts] = createContext<PanelHosts>()
