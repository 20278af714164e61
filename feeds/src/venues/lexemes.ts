import { Unreadable } from './wire.ts'

/** Frames nest four deep; what nests deeper than this is no frame, and must not cost us the stack. */
const DEEPEST = 64

/**
 * Reads JSON with every number as the text it was written in: `{"qty":0.00005100}` is `{ qty: '0.00005100' }`.
 *
 * `JSON.parse` would make 0.000051 of it, and of a connection id beyond 2^53 another id. Everything else is as `JSON.parse` reads it, and what it
 * refuses is refused here. Throws Unreadable. Not by a reviver that is given the source text, which takes five times as long.
 */
export function parseLexemes(text: string): unknown {
  return new Reader(text).whole()
}

const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const LOWER_E = 0x65
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

class Reader {
  readonly #text: string
  #at = 0
  #deep = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): unknown {
    const value = this.#value()
    if (!Number.isNaN(this.#next())) throw this.#wrong()
    return value
  }

  #value(): unknown {
    const code = this.#next()
    switch (code) {
      case QUOTE:
        return this.#string()
      case OPEN_OBJECT:
        return this.#object()
      case OPEN_LIST:
        return this.#list()
      case 0x74:
        return this.#word('true', true)
      case 0x66:
        return this.#word('false', false)
      case 0x6e:
        return this.#word('null', null)
      default:
        return this.#number(code)
    }
  }

  #object(): Record<string, unknown> {
    this.#enter()
    const found: Record<string, unknown> = {}
    if (this.#next() === CLOSE_OBJECT) return this.#leave(found)
    for (;;) {
      if (this.#next() !== QUOTE) throw this.#wrong()
      const key = this.#string()
      if (this.#next() !== COLON) throw this.#wrong()
      this.#at++
      const value = this.#value()
      // Assigning this one would set the prototype.
      if (key === '__proto__')
        Object.defineProperty(found, key, { value, enumerable: true, configurable: true, writable: true })
      else found[key] = value
      const code = this.#next()
      if (code === CLOSE_OBJECT) return this.#leave(found)
      if (code !== COMMA) throw this.#wrong()
      this.#at++
    }
  }

  #list(): unknown[] {
    this.#enter()
    const found: unknown[] = []
    if (this.#next() === CLOSE_LIST) return this.#leave(found)
    for (;;) {
      found.push(this.#value())
      const code = this.#next()
      if (code === CLOSE_LIST) return this.#leave(found)
      if (code !== COMMA) throw this.#wrong()
      this.#at++
    }
  }

  #string(): string {
    const text = this.#text
    const start = ++this.#at
    let at = start
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === QUOTE) {
        this.#at = at + 1
        return text.slice(start, at)
      }
      if (code === BACKSLASH) return this.#escaped(start)
      if (!(code >= 0x20)) throw this.#wrong()
      at++
    }
  }

  /** Rare enough to be left to JSON.parse, which knows every escape. */
  #escaped(start: number): string {
    const text = this.#text
    let at = start
    while (text.charCodeAt(at) !== QUOTE) {
      if (at >= text.length) throw this.#wrong()
      at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
    }
    this.#at = at + 1
    try {
      return JSON.parse(text.slice(start - 1, at + 1)) as string
    } catch {
      throw this.#wrong()
    }
  }

  #number(first: number): string {
    const text = this.#text
    const start = this.#at
    let at = start
    let code = first
    if (code === MINUS) code = text.charCodeAt(++at)
    if (code === ZERO) code = text.charCodeAt(++at)
    else if (isDigit(code)) at = pastDigits(text, at)
    else throw this.#wrong()
    code = text.charCodeAt(at)
    if (code === POINT) {
      if (!isDigit(text.charCodeAt(++at))) throw this.#wrong()
      at = pastDigits(text, at)
      code = text.charCodeAt(at)
    }
    if ((code | 0x20) === LOWER_E) {
      code = text.charCodeAt(++at)
      if (code === PLUS || code === MINUS) at++
      if (!isDigit(text.charCodeAt(at))) throw this.#wrong()
      at = pastDigits(text, at)
    }
    this.#at = at
    return text.slice(start, at)
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#wrong()
    this.#at += word.length
    return value
  }

  #enter(): void {
    if (++this.#deep > DEEPEST) throw new Unreadable(`nested deeper than ${DEEPEST}`)
    this.#at++
  }

  #leave<T>(found: T): T {
    this.#deep--
    this.#at++
    return found
  }

  /** The character that comes next, blanks passed over; NaN at the end. */
  #next(): number {
    const text = this.#text
    let code = text.charCodeAt(this.#at)
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++this.#at)
    return code
  }

  #wrong(): Unreadable {
    return new Unreadable(`not JSON at ${this.#at}`)
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 0x39
}

function pastDigits(text: string, from: number): number {
  let at = from
  while (isDigit(text.charCodeAt(at))) at++
  return at
}
