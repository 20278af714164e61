/**
 * Whether the server has another build of the page by now, whose programs have other names: those of this one cannot be had any more. False where
 * the server does not answer, which is another trouble.
 */
export async function isOutdated(): Promise<boolean> {
  const own = document.querySelector<HTMLScriptElement>('script[type=module][src]')?.getAttribute('src')
  if (own === null || own === undefined) return false
  try {
    const response = await fetch('/', { cache: 'no-store' })
    return response.ok && !(await response.text()).includes(`"${own}"`)
  } catch {
    return false
  }
}
