import { createSubscriber } from 'svelte/reactivity'

const follow = createSubscriber((update) => {
  const timer = setInterval(update, 1000)
  return () => clearInterval(timer)
})

/** The time for ages and countdowns: whoever reads it inside a component is told every second, and nothing ticks while nobody does. */
export const clock = {
  /** ms since 1970. */
  get now(): number {
    follow()
    return Date.now()
  },
}
