/** A window that was opened for one panel. It keeps its layout to itself, and nothing in it that watches for the whole desk. */
export const isPopOut = new URLSearchParams(location.search).has('window')

/** Where this window's layout is remembered. */
export const workspaceStorage: Storage = isPopOut ? sessionStorage : localStorage
