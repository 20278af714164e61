import type { Door, Said } from './doors.ts'
import { type Heard, isOfView, Verifier, type ViewBody } from './verifier.ts'

/** Messages kept in mind: those that others are about to get too. */
const REMEMBERED = 4096

/** What a message turned out to be, with its stamps. */
export type Understood = { readonly said: Said | undefined; readonly heard: Heard | undefined }

/**
 * Understands messages for all clients of a gateway process: the gateway encodes a view's message once for everyone at a door, so the same bytes
 * come to each of them, and are decoded here once.
 */
export class CrowdMind {
  readonly #door: Door
  readonly #known = new Map<string, Understood>()
  readonly verifier = new Verifier()

  constructor(door: Door) {
    this.#door = door
  }

  /** Throws what the decoder throws for bytes that are no message. */
  understand(opcode: number, payload: Buffer): Understood {
    const key = payload.toString('latin1')
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const said = this.#door.hear({ opcode, payload })
    const isView = said?.kind === 'message' && isOfView(said.type)
    const heard = isView ? { type: said.type, body: said.body as ViewBody, makes: new Map() } : undefined
    const understood = { said, heard }
    // Answers and greetings are each client's own.
    if (isView) this.#remember(key, understood)
    return understood
  }

  #remember(key: string, understood: Understood): void {
    this.#known.set(key, understood)
    if (this.#known.size <= REMEMBERED) return
    const oldest = this.#known.keys().next().value
    if (oldest !== undefined) this.#known.delete(oldest)
  }
}
