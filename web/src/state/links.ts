import type { Desk } from './desk.ts'

/** Takes the layout on that the address carries, if it does, and takes it out of the address, which would soon lie. */
export async function takeLink(desk: Desk): Promise<void> {
  const { hash, pathname, search } = location
  if (!hash.startsWith('#w=')) return
  history.replaceState(null, '', pathname + search)
  const { readShared } = await import('../workspace/share.ts')
  const read = readShared(hash)
  if (read?.kind === 'read') desk.take(read.workspace)
  else desk.notice.set(`The layout of this link was not taken, yours is unchanged: ${read?.reason ?? 'there is none'}.`)
}
