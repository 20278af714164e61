import { vi } from 'vitest'

/**
 * Waits until the check holds. Patient, since how long anything takes says nothing on a small machine that does something else as well: it is
 * for what never comes.
 */
export function eventually<T>(
  check: () => T | Promise<T>,
  { interval = 50 }: { readonly interval?: number } = {},
): Promise<T> {
  return vi.waitFor(check, { interval, timeout: 30_000 })
}
