type Listener = (text: string) => void

/** One stream of a venue and those who follow it: each text is made once for all, in as many spellings as are asked for. */
export class Topic<Spelling = 'plain'> {
  readonly #listeners = new Map<Listener, Spelling>()

  get isFollowed(): boolean {
    return this.#listeners.size > 0
  }

  follow(listener: Listener, spelling: Spelling): void {
    this.#listeners.set(listener, spelling)
  }

  leave(listener: Listener): void {
    this.#listeners.delete(listener)
  }

  publish(render: (spelling: Spelling) => string): void {
    if (this.#listeners.size === 0) return
    const texts = new Map<Spelling, string>()
    for (const [listener, spelling] of this.#listeners) {
      const text = texts.get(spelling) ?? render(spelling)
      texts.set(spelling, text)
      listener(text)
    }
  }
}
