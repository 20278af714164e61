import type { PanelId } from '../engine/messages.ts'
import type { PanelKind } from '../panels/registry.ts'
import type { Box } from '../workspace/boxes.ts'

export type Seat = {
  readonly id: PanelId
  readonly kind: PanelKind
  readonly box: Box
  /** Others share its box, by tabs. */
  readonly isTabbed: boolean
  readonly isShown: boolean
}

type Taken = { readonly element: HTMLElement; close: (() => void) | undefined }
/** Puts a panel's component into an element, and returns how to take it out again. */
type Mount = (target: HTMLElement, panel: PanelId, kind: PanelKind) => () => void

/**
 * Keeps each panel's component alive in an element of its own, which is given other boxes and never another place in the document: a canvas that was
 * handed to a worker, the focus, what was scrolled and what is open would not survive that.
 */
export class Seats {
  readonly #room: HTMLElement
  readonly #mount: Mount
  readonly #taken = new Map<PanelId, Taken>()

  constructor(room: HTMLElement, mount: Mount) {
    this.#room = room
    this.#mount = mount
  }

  /** Every panel there is. One is opened when it is first shown, what is not shown any more is only hidden, and what is not among them is closed. */
  arrange(seats: readonly Seat[]): void {
    const wanted = new Set(seats.map(({ id }) => id))
    for (const [id, taken] of this.#taken) {
      if (wanted.has(id)) continue
      this.#taken.delete(id)
      taken.element.hidden = true
      // Not in the effect that asks.
      queueMicrotask(() => leave(taken))
    }
    for (const seat of seats) {
      const taken = this.#taken.get(seat.id) ?? this.#take(seat)
      place(taken.element, seat)
      if (seat.isShown) taken.close ??= this.#open(taken, seat)
    }
  }

  close(): void {
    for (const taken of this.#taken.values()) leave(taken)
    this.#taken.clear()
  }

  #take({ id }: Seat): Taken {
    const element = document.createElement('div')
    element.className = 'seat'
    element.id = `seat-${id}`
    this.#room.append(element)
    const taken: Taken = { element, close: undefined }
    this.#taken.set(id, taken)
    return taken
  }

  #open({ element }: Taken, { id, kind }: Seat): () => void {
    let unmount: (() => void) | undefined
    let isClosed = false
    // Not in the effect that asks: what is mounted in one lives no longer than it.
    queueMicrotask(() => {
      if (!isClosed) unmount = this.#mount(element, id, kind)
    })
    return () => {
      isClosed = true
      unmount?.()
    }
  }
}

function leave({ element, close }: Taken): void {
  close?.()
  element.remove()
}

function place(element: HTMLElement, { id, box, isTabbed, isShown }: Seat): void {
  for (const [side, px] of Object.entries(box)) element.style.setProperty(side, `${px}px`)
  element.hidden = !isShown
  element.classList.toggle('tabbed', isTabbed)
  if (isTabbed) {
    element.role = 'tabpanel'
    element.setAttribute('aria-labelledby', `tab-${id}`)
  } else for (const name of ['role', 'aria-labelledby']) element.removeAttribute(name)
}
