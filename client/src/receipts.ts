import type { Host } from './host.ts'

export type ReceiptsOptions = {
  readonly host: Host
  /** Sends `ack {n}` on the open connection. */
  send(n: number): void
}

/**
 * Of the window: often enough that it does not run out on a client that keeps up, and no oftener, since an ack costs the server as much as two
 * updates.
 */
const SHARE_OF_WINDOW = 2
/** View messages that make less than that are acknowledged after this long, so that what the server counts as on its way is not long wrong. */
const ACK_WITHIN_MS = 5000

/**
 * Acknowledges what was received, so that the server lets at most a window of view messages be on their way: a page too busy to read stops
 * acknowledging, and when it reads again it gets the newest state and not a queue.
 *
 * The welcome is acknowledged at once, which tells the server that this client does so; then every half of the window, and what is left
 * over after some seconds. What takes no part in the window (heartbeats, status, gaps) is counted with the rest and waits for the next ack:
 * an idle connection sends none. A server that names no window gets none.
 */
export class Receipts {
  readonly #options: ReceiptsOptions
  #windowBytes = 0
  #count = 0
  #bytes = 0
  #cancel: (() => void) | undefined

  constructor(options: ReceiptsOptions) {
    this.#options = options
  }

  /** A new connection, of which the welcome is the next message received. */
  opened(windowBytes: number | undefined): void {
    this.lost()
    this.#windowBytes = windowBytes ?? 0
  }

  lost(): void {
    this.#stopWaiting()
    this.#windowBytes = 0
    this.#count = 0
    this.#bytes = 0
  }

  /** A message was received and dealt with; `isWindowed` where the window is about such messages. */
  received(bytes: number, isWindowed: boolean): void {
    if (this.#windowBytes === 0) return
    this.#count++
    this.#bytes += bytes
    if (this.#count === 1 || this.#bytes * SHARE_OF_WINDOW >= this.#windowBytes) this.#acknowledge()
    else if (isWindowed) this.#cancel ??= this.#options.host.after(ACK_WITHIN_MS, () => this.#acknowledge())
  }

  #acknowledge(): void {
    this.#stopWaiting()
    this.#bytes = 0
    this.#options.send(this.#count)
  }

  #stopWaiting(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
