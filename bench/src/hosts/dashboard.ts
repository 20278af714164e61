import { createApp, createLog, loadConfig, systemClock } from '@depthcast/server'
import { MarketFeed } from './market-feed.ts'
import type { Host, HostSpec } from './order.ts'

/** The real gateway with the dashboard, on markets of the bench's pace. Nothing is published from outside. */
export async function dashboardHost({ port, pace = 1, quiet = 0, flags = [] }: HostSpec): Promise<Host> {
  const feed = new MarketFeed({ pace, quiet })
  const app = createApp(loadConfig(['--port', String(port), ...flags]), {
    feed,
    log: createLog('warn'),
    clock: systemClock(),
  })
  await app.listen()
  const { metrics } = app
  return {
    port,
    publish: () => {},
    stats: () => ({
      encodes: metrics.value('depthcast_view_encodes_total'),
      frames: metrics.value('depthcast_frames_total'),
      writes: metrics.value('depthcast_writes_total'),
      together: metrics.value('depthcast_io_uring_writes_total'),
      bytes: metrics.value('depthcast_bytes_total'),
      marks: metrics.value('depthcast_slow_marks_total'),
    }),
  }
}
