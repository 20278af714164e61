import { type Feed, openFeeds } from '@depthcast/feeds'
import { type App, createApp, createLog, loadConfig } from '@depthcast/server'

export type Gateway = { readonly url: string; readonly app: App }

/** A whole gateway in this process, on a free port. */
export async function gateway(feed: Feed, args: readonly string[] = []): Promise<Gateway> {
  const log = createLog('silent')
  const app = createApp(loadConfig(['--port', '0', '--log-level', 'silent', ...args]), { feed, log })
  const { url } = await app.listen()
  return { url, app }
}

/** The simulated market, always the same one. */
export function simulated(): Promise<Feed> {
  return openFeeds('simulated', { seed: 7 })
}
