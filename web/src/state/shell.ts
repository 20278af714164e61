import type { Shell } from '../workspace/first.ts'

/** A phone stays a phone when it is turned: then it is its height that is small. */
const PHONE = '(width < 640px) or (height < 480px)'
const TABLET = '(width < 1200px)'

/** The shape the window has room for. */
export function shellNow(): Shell {
  return matchMedia(PHONE).matches ? 'phone' : matchMedia(TABLET).matches ? 'tablet' : 'desktop'
}

/** Tells whenever the window has room for another shape; returns how to stop that. */
export function followShell(changed: (shell: Shell) => void): () => void {
  const queries = [PHONE, TABLET].map((query) => matchMedia(query))
  const tell = (): void => changed(shellNow())
  for (const query of queries) query.addEventListener('change', tell)
  return () => {
    for (const query of queries) query.removeEventListener('change', tell)
  }
}
