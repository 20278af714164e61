/** Whether this browser may show notifications of this page; `insecure` where no page that came this way may, `unsupported` where there are none. */
export type NotifyState = NotificationPermission | 'insecure' | 'unsupported'

export function notifyState(): NotifyState {
  if (!isSecureContext) return 'insecure'
  return typeof Notification === 'undefined' ? 'unsupported' : Notification.permission
}

/** Hears of what the user changes in the browser's own settings, until the returned function is called. */
export function followNotify(hear: (state: NotifyState) => void): () => void {
  const ended = new AbortController()
  const { signal } = ended
  navigator.permissions?.query({ name: 'notifications' }).then(
    (status) => status.addEventListener('change', () => hear(notifyState()), { signal }),
    // Not every browser tells.
    () => {},
  )
  return () => ended.abort()
}

/** Asks the user. Browsers hear this only while a click is being handled. */
export async function askToNotify(): Promise<NotifyState> {
  if (typeof Notification === 'undefined') return 'unsupported'
  await Notification.requestPermission()
  return Notification.permission
}

/** Returns false where the browser would not: some show notifications only for pages that were installed. `tag` keeps two windows from telling twice. */
export function notify(sentence: string, tag: string): boolean {
  if (notifyState() !== 'granted') return false
  try {
    const shown = new Notification('Depthcast', { body: sentence, tag })
    shown.onclick = () => window.focus()
    return true
  } catch {
    return false
  }
}

/** What to say of each, and what can be done about it. */
export const NOTIFY_WORDS: Readonly<Record<NotifyState, string>> = {
  default: 'Alerts show on this page. The system can show them too, once you allow it.',
  granted: 'Alerts show on this page and, while this is on, as notifications of the system.',
  denied:
    'This browser was told not to show notifications of this page. Its settings for this site can change that; until then alerts show on this page.',
  insecure:
    'Browsers show notifications only of pages that come over HTTPS or from this computer; alerts show on this page.',
  unsupported: 'This browser has no notifications; alerts show on this page.',
}
