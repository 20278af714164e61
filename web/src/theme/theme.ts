import { createContext } from 'svelte'
import { createSubscriber, MediaQuery } from 'svelte/reactivity'
import type { PaintTheme } from '../engine/messages.ts'
import type { Cell } from '../state/cell.ts'
import type { Settings } from '../state/settings.ts'
import { paintTheme } from './paint.ts'
import { TOKEN_NAMES, type Tokens } from './tokens.ts'

/** How the page looks: the user's choices, and the system's wishes where they left it to that. Reading inside a component follows every change. */
export class Theme {
  readonly #settings: Cell<Settings>
  readonly #systemIsLight = new MediaQuery('(prefers-color-scheme: light)')
  readonly #systemIsStrong = new MediaQuery('(prefers-contrast: more)')
  readonly #systemForces = new MediaQuery('(forced-colors: active)')
  /** Nothing tells that forced colours became others. They are chosen in another window, from which one comes back. */
  readonly #followReturn = createSubscriber((returned) => {
    window.addEventListener('focus', returned)
    return () => window.removeEventListener('focus', returned)
  })

  constructor(settings: Cell<Settings>) {
    this.#settings = settings
  }

  /** Tells the stylesheet what was chosen. Goes before anything reads `tokens`, and so before any component is drawn. */
  apply(root = document.documentElement): void {
    const { theme, palette, density } = this.#settings.value
    if (theme === 'system') delete root.dataset.theme
    else root.dataset.theme = theme
    root.dataset.palette = palette
    root.dataset.density = density
    for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]'))
      meta.content = this.tokens.bg0
  }

  /** Up and down, buy and sell look alike in colour: shapes have to tell them apart (hollow and filled, ▲ and ▽). */
  get sidesByShape(): boolean {
    return this.#settings.value.palette === 'mono' || this.#systemForces.current
  }

  /** The colours that hold, `#rrggbb` each: read from the stylesheet, which has them all, so the program need not. */
  get tokens(): Tokens {
    // What decides about them; a stylesheet cannot be followed.
    void [this.#settings.value, this.#systemIsLight.current, this.#systemIsStrong.current]
    if (this.#systemForces.current) this.#followReturn()
    const root = document.documentElement
    const css = getComputedStyle(root)
    const probe = root.appendChild(document.createElement('i'))
    const read = (name: string): string => {
      const value = css.getPropertyValue(`--${name.replace(/[A-Z]/g, '-$&').toLowerCase()}`).trim()
      // A minifier writes `#fff`.
      return value.startsWith('#') ? value.replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3') : resolved(value, probe)
    }
    const tokens = Object.fromEntries(TOKEN_NAMES.map((name) => [name, read(name)])) as Tokens
    probe.remove()
    return tokens
  }

  get paint(): PaintTheme {
    const { density } = this.#settings.value
    return paintTheme(this.tokens, {
      density,
      sidesByShape: this.sidesByShape,
      isForced: this.#systemForces.current,
    })
  }
}

/** A colour of the system's as `#rrggbb`, by an element that has it; what shines through is left out. */
function resolved(colour: string, probe: HTMLElement): string {
  probe.style.cssText = `forced-color-adjust:none;color:${colour}`
  const { color } = getComputedStyle(probe)
  // `rgb(0, 0, 0)`, or `color(srgb 0 0 0)` of a mixture.
  const unit = color.startsWith('color') ? 255 : 1
  const parts = (color.match(/[\d.]+/g) ?? []).slice(0, 3)
  return `#${parts
    .map((part) =>
      Math.round(Number(part) * unit)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}

export const [useTheme, provideTheme] = createContext<Theme>()
