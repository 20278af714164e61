import { MOST_SYMBOL } from '../workspace/workspace.ts'
import type { Desk } from './desk.ts'

/** The instrument that an address asks for. What no instrument is called is passed over: it would be stored, and never read again. */
export function symbolIn(search: string): string | undefined {
  const symbol = new URLSearchParams(search).get('symbol') ?? ''
  return symbol === '' || symbol.length > MOST_SYMBOL ? undefined : symbol
}

/** Takes the layout on that the address carries, if it does, and takes it out of the address, which would soon lie. */
export async function takeLink(desk: Desk): Promise<void> {
  const { hash, pathname, search } = location
  if (!hash.startsWith('#w=')) return
  const loaded = await import('../workspace/share.ts').catch(() => undefined)
  if (loaded === undefined) {
    desk.notice.set('The layout of this link could not be loaded. Is the server there? Reload the page.')
    return
  }
  history.replaceState(null, '', pathname + search)
  const read = loaded.readShared(hash)
  if (read?.kind === 'read') desk.take(read.workspace)
  else desk.notice.set(`The layout of this link was not taken, yours is unchanged: ${read?.reason ?? 'there is none'}.`)
}
