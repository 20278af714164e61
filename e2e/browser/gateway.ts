import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePort } from '../free-port.ts'

const MAIN = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))

export type Gateway = { readonly url: string; readonly port: number; stop(signal?: NodeJS.Signals): Promise<void> }

/** Starts the real command as its own process and waits for the line with the address. */
export async function startGateway(flags: readonly string[], givenPort?: number): Promise<Gateway> {
  const port = givenPort ?? (await freePort())
  const child = spawn(process.execPath, [MAIN, '--port', String(port), ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  const url = new URL(await readyAddress(child))
  return {
    url: url.origin,
    port,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}

function readyAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    let complaints = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      const address = /https?:\/\/\S+/.exec(printed)
      if (address !== null) resolve(address[0])
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      complaints += chunk.toString()
    })
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${printed}${complaints}`)))
  })
}
