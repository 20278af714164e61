import { createContext } from 'svelte'
import { MediaQuery } from 'svelte/reactivity'
import type { Cell } from '../state/cell.ts'
import type { Settings } from '../state/settings.ts'
import { type Scheme, schemeOf, TOKENS, type Tokens } from './tokens.ts'

/** The scheme that holds: the user's choice, or the system's where they left it to that. */
export class Theme {
  readonly #settings: Cell<Settings>
  readonly #systemIsLight = new MediaQuery('(prefers-color-scheme: light)')

  constructor(settings: Cell<Settings>) {
    this.#settings = settings
  }

  get scheme(): Scheme {
    return schemeOf(this.#settings.value.theme, this.#systemIsLight.current)
  }

  get tokens(): Tokens {
    return TOKENS[this.scheme]
  }
}

export const [useTheme, provideTheme] = createContext<Theme>()
