import { every } from '../ticker.ts'
import { dashboardHost } from './dashboard.ts'
import { gatewayHost } from './gateway.ts'
import type { Host, HostOrder, HostSpec, HostWord, Play } from './order.ts'
import { socketioHost } from './socketio.ts'
import { wsHost } from './ws.ts'

/** A server process of the bench: what `HostSpec` in its first argument says, driven over IPC. Ends with its parent. */
process.on('disconnect', () => process.exit(0))

const spec = JSON.parse(process.argv[2] ?? '{}') as HostSpec
const host = await open(spec)
let still = () => {}
let ticks = 0
const FINALIZED_MS = 100
process.on('message', (order: HostOrder) => {
  switch (order.op) {
    case 'play': {
      still()
      still = every(order.play.perSecond, () => tick(order.play))
      break
    }
    case 'once':
      tick(order.play)
      break
    case 'still':
      still()
      break
    case 'stats':
      say({ stats: { ticks, ...host.stats() } })
      break
    case 'collect':
      collect()
      break
    case 'end':
      process.exit(0)
  }
})
say({ port: host.port })

function tick({ from, to, bytes }: Play): void {
  for (let channel = from; channel < to; channel++) host.publish(channel, bytes)
  host.tick?.()
  ticks++
}

/** Twice: what the first collection finds finalizable is free after the second. */
function collect(): void {
  globalThis.gc?.()
  setTimeout(() => {
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    say({ collected: { bytes: heapUsed + external } })
  }, FINALIZED_MS)
}

function open(spec: HostSpec): Promise<Host> {
  switch (spec.kind) {
    case 'gateway':
      return gatewayHost(spec)
    case 'dashboard':
      return dashboardHost(spec)
    case 'ws-send':
    case 'ws-prepared':
    case 'ws-batch':
      return wsHost(spec.kind, spec.port)
    case 'socketio-json':
    case 'socketio-buffer':
    case 'socketio-msgpack':
      return socketioHost(spec.kind, spec.port)
  }
}

function say(word: HostWord): void {
  process.send?.(word)
}
