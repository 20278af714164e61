import { createSubscriber } from 'svelte/reactivity'

/** One value that components follow by reading `value`. The value itself is never proxied: what it holds is replaced, not changed inside. */
export type Cell<T> = { readonly value: T; set(next: T): void; change(step: (current: T) => T): void }

/** Setting the value it already has changes nothing. */
export function cell<T>(initial: T): Cell<T> {
  let current = initial
  let announce: (() => void) | undefined
  const follow = createSubscriber((update) => {
    announce = update
    return () => {
      announce = undefined
    }
  })
  const set = (next: T): void => {
    if (Object.is(next, current)) return
    current = next
    announce?.()
  }
  return {
    get value() {
      follow()
      return current
    },
    set,
    change: (step) => set(step(current)),
  }
}
