import { connect } from '@depthcast/client'
import { createEngine } from '../../src/engine/engine.ts'
import { browserHost } from '../../src/engine/host.ts'
import type { FromEngine, ToEngine } from '../../src/engine/messages.ts'
import { ScriptedGateway } from './scripted-gateway.ts'

/** What the test tells the far end of the wire. */
export type Script =
  | {
      readonly kind: 'gateway-book'
      readonly symbol: string
      readonly seq: number
      readonly bids: readonly number[]
      readonly asks: readonly number[]
      /** µs since 1970. */
      readonly serverTime?: number
    }
  | {
      readonly kind: 'gateway-trades'
      readonly symbol: string
      readonly seq: number
      readonly trades: readonly unknown[]
    }
  | { readonly kind: 'gateway-drop' }

/** The engine as a browser runs it, time, frames and all; only the gateway is the test's. Messages are handled one after another. */
export function scriptedEngine(
  post: (message: FromEngine, transfer?: Transferable[]) => void,
): (message: ToEngine | Script) => void {
  const gateway = new ScriptedGateway()
  // Time passes here, more of it on a slow machine, and nobody sends heartbeats.
  gateway.heartbeatMs = 1e8
  const engine = createEngine(post, {
    connect: (url) => connect(url, { transport: gateway.transport, reconnect: { minMs: 1e8, maxMs: 1e8 } }),
    host: browserHost,
  })
  let done = Promise.resolve()
  return (message) => {
    done = done.then(async () => {
      if (message.kind === 'gateway-book') gateway.book(message.symbol, message)
      else if (message.kind === 'gateway-trades') gateway.trades(message.symbol, message)
      else if (message.kind === 'gateway-drop') gateway.drop()
      else engine.handle(message)
      await gateway.settle()
    })
  }
}
