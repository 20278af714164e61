import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../simulators/src/main.ts', import.meta.url))

export type EmulatedVenue = { readonly url: string; stop(): Promise<void> }

/** Serves an emulated venue from a process of its own, on a free port, with some hours of trades behind it. */
export async function startVenue(
  venue: string,
  { symbols, pastHours }: { symbols: string; pastHours: number },
): Promise<EmulatedVenue> {
  const flags = ['--venue', venue, '--symbols', symbols, '--past-hours', String(pastHours), '--port', '0']
  const child = spawn(process.execPath, [MAIN, 'serve', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const address = /(?:https?|wss?):\/\/[\d.]+:\d+/.exec(said)
        if (address !== null) resolve(address[0].replace(/^ws/, 'http'))
      })
    }
    child.once('exit', (code) => reject(new Error(`the venue ended with ${code}: ${said}`)))
  })
  return {
    url,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}
