import { type App, createApp } from '../../src/app.ts'
import { type Config, loadConfig } from '../../src/config.ts'
import { createLog, type Log } from '../../src/logger.ts'
import { instrument, type Script, ScriptedFeed } from './feed.ts'

/** A whole gateway on a port of its own, fed by a script. */
export type Running = {
  readonly app: App
  readonly url: string
  readonly port: number
  readonly feed: ScriptedFeed
  readonly script: Script
  close(): Promise<void>
}

export async function startGateway(
  overrides: Partial<Config> = {},
  bases: readonly string[] = ['BTC'],
  log: Log = createLog('silent'),
): Promise<Running> {
  // A machine that is busy with other tests is no load of this gateway's.
  const config: Config = { ...loadConfig(['--port', '0', '--target-delay', '0']), ...overrides }
  const feed = new ScriptedFeed(bases.map((base) => instrument(base)))
  const app = createApp(config, { feed, log })
  const { url, port } = await app.listen()
  const script = feed.script()
  script.status('live')
  script.snapshot([100, 5, 99, 7], [101, 4, 102, 6])
  return { app, url, port, feed, script, close: () => app.close() }
}
