import type { Transport } from '@depthcast/client'
import type { FakeClock } from './fake-clock.ts'

/** A line on which everything takes its time: `there` to the gateway, `back` to the page, ms. */
export function laggingLine(transport: Transport, clock: FakeClock, { there, back }: Lag): Transport {
  const after = (ms: number, run: () => void): void => void clock.after(ms, run)
  return {
    name: 'lagging',
    open: (url, hello, listener) => {
      const link = transport.open(url, hello, {
        message: (type, body, bytes) => after(back, () => listener.message(type, body, bytes)),
        answered: (bytes) => after(back, () => listener.answered(bytes)),
        ended: (end) => after(back, () => listener.ended(end)),
      })
      return {
        request: (name, body, answered) =>
          after(there, () => link.request(name, body, (reply) => after(back, () => answered(reply)))),
        tell: (name, body) => after(there, () => link.tell(name, body)),
        terminate: () => link.terminate(),
      }
    },
  }
}

export type Lag = { readonly there: number; readonly back: number }
