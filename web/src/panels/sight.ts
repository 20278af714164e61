/**
 * Tells whether an element can be seen at all, whenever that changes: not where it is behind a tab, scrolled away, or the whole page is hidden.
 * `isSeen` is what it is taken for until the browser says.
 */
export function followSight(element: HTMLElement, tell: (isSeen: boolean) => void, isSeen = true): () => void {
  let isInView = isSeen
  let told = isSeen
  const look = (): void => {
    const seen = isInView && document.visibilityState === 'visible'
    if (seen === told) return
    told = seen
    tell(seen)
  }
  const observer = new IntersectionObserver((entries) => {
    isInView = entries.at(-1)?.isIntersecting ?? isInView
    look()
  })
  observer.observe(element)
  document.addEventListener('visibilitychange', look)
  return () => {
    observer.disconnect()
    document.removeEventListener('visibilitychange', look)
  }
}
