/** Tells whether an element can be seen at all, whenever that changes: not where it is behind a tab, scrolled away, or the whole page is hidden. */
export function followSight(element: HTMLElement, tell: (visible: boolean) => void): () => void {
  let inView = true
  let told = true
  const look = (): void => {
    const visible = inView && document.visibilityState === 'visible'
    if (visible === told) return
    told = visible
    tell(visible)
  }
  const observer = new IntersectionObserver((entries) => {
    inView = entries.at(-1)?.isIntersecting ?? true
    look()
  })
  observer.observe(element)
  document.addEventListener('visibilitychange', look)
  return () => {
    observer.disconnect()
    document.removeEventListener('visibilitychange', look)
  }
}
