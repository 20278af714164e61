import { cell } from './cell.ts'

/** The tab's own storage: gone with the tab. A token is never in an address, a layout or a log. */
const KEY = 'depthcast.token'

let token = read()

/** Who the user says to be; undefined where nobody asked, or they forgot it again. */
export function currentToken(): string | undefined {
  return token
}

/** For as long as the tab lives; undefined forgets it. */
export function keepToken(next: string | undefined): void {
  token = next
  try {
    if (next === undefined) sessionStorage.removeItem(KEY)
    else sessionStorage.setItem(KEY, next)
  } catch {
    // Blocked storage throws; the token lives as long as the page then.
  }
}

/** What a plain request to the gateway needs besides its address. */
export function credentials(): RequestInit {
  return bearer(token)
}

export function bearer(of: string | undefined): RequestInit {
  return of === undefined ? {} : { headers: { authorization: `Bearer ${of}` } }
}

/** True from when someone asked for the dialog until it is there. */
export const tokenAsked = cell(false)

/** Opens the dialog where a token is given, changed and forgotten. */
export function askForToken(): void {
  tokenAsked.set(true)
}

function read(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined
  } catch {
    return undefined
  }
}
