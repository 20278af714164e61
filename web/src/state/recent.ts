const RECENT_KEY = 'depthcast.recent.1'
const MOST = 6

/** What was last done by the palette, newest first. */
export function recent(storage: Pick<Storage, 'getItem'>): readonly string[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(RECENT_KEY) ?? '[]')
    return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string').slice(0, MOST) : []
  } catch {
    return []
  }
}

export function remember(storage: Pick<Storage, 'getItem' | 'setItem'>, id: string): void {
  try {
    storage.setItem(RECENT_KEY, JSON.stringify([id, ...recent(storage).filter((each) => each !== id)].slice(0, MOST)))
  } catch {
    // A storage that is full or forbidden forgets; nothing else is lost.
  }
}
