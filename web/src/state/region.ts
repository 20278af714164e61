import { cell } from './cell.ts'

/** How numbers are grouped, and by which clock times are told. */
export type Region = {
  /** BCP 47, one that `Intl` knows. */
  readonly locale: string
  /** IANA, one that `Intl` knows. */
  readonly timeZone: string
}

/** The region everything on the page goes by. The engine hears of it with the theme, since a worker cannot ask the page. */
export const region = cell<Region>(regionOf({ locale: 'system', timeZone: 'UTC' }))

/**
 * From what was chosen, where `system` is what the browser goes by. A system may say what `Intl` throws at (the language `C`, the zone
 * `Etc/Unknown`): then it is what `Intl` itself counts by, and UTC.
 */
export function regionOf({ locale, timeZone }: Region, system = systemRegion()): Region {
  return {
    locale:
      locale === 'system' ? (properLocale(system.locale) ?? Intl.NumberFormat().resolvedOptions().locale) : locale,
    timeZone: timeZone === 'system' ? (properZone(system.timeZone) ?? 'UTC') : timeZone,
  }
}

function systemRegion(): Region {
  return { locale: navigator.language, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone }
}

/** The locale as it is written properly (`de-CH` for `de-ch`), or undefined where there is none such that numbers could go by. */
export function properLocale(text: string): string | undefined {
  return orUndefined(() => Intl.NumberFormat.supportedLocalesOf(text)[0])
}

/** The zone as it is written properly (`Asia/Tokyo` for `asia/tokyo`), or undefined where there is none such. */
export function properZone(text: string): string | undefined {
  const found = orUndefined(() => new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone)
  // Browsers answer with the older of two names, which nobody asked for: Asia/Calcutta for Asia/Kolkata.
  return found === undefined || found.toLowerCase() === text.toLowerCase() ? found : text
}

/** `Intl` throws at what it cannot even read. */
function orUndefined<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch {
    return undefined
  }
}
