import { ConfigError } from '../command-line.ts'
import type { Log } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import { linux, UringError } from '../uring/kernel.ts'
import { Uring } from '../uring/uring.ts'
import { Sends } from './sends.ts'

/** When writes to many clients leave in one call of the kernel: wherever it can, or nowhere, or here without fail. */
export const IO_URING = ['auto', 'on', 'off'] as const
export type IoUring = (typeof IO_URING)[number]

type Surroundings = { readonly log: Log; readonly metrics: Metrics }

/** Sends in one call, 64 KB of entries. More than that gains nothing. */
const CAPACITY = 1024

/** What sends to many at once, or undefined where each is sent to by its own socket. Throws ConfigError where it is asked for and cannot be had. */
export function openSends(when: IoUring, { log, metrics }: Surroundings): Sends | undefined {
  if (when === 'off') return undefined
  try {
    const kernel = linux()
    const uring = new Uring(kernel, CAPACITY)
    const onBroken = () => log.error({}, 'io-uring.broken')
    log.info({ sends: uring.capacity }, 'io-uring.open')
    return new Sends(uring, (memory) => kernel.addressOf(memory), { metrics, onBroken })
  } catch (error) {
    if (!(error instanceof UringError)) throw error
    if (when === 'on') throw new ConfigError(`--io-uring on cannot be: ${error.message}; auto goes without`)
    log.info({ reason: error.message }, 'io-uring.absent')
    return undefined
  }
}
