import { cell } from './cell.ts'

/** How numbers are grouped, and by which clock times are told. */
export type Region = {
  /** BCP 47, one that `Intl` knows. */
  readonly locale: string
  /** IANA, one that `Intl` knows. */
  readonly timeZone: string
}

/** The region everything on the page goes by. The engine hears of it with the theme, since a worker cannot ask the page. */
export const region = cell<Region>({ locale: navigator.language, timeZone: 'UTC' })
