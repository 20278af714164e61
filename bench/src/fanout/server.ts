import type { HostSpec, HostStats, HostWord, Play } from '../hosts/order.ts'
import { freePort, SERVER_CORE, START_FLAGS, startNode } from '../processes.ts'

/** A server under test, whatever it is written in. */
export type Server = {
  readonly port: number
  readonly pid: number
  play(play: Play): void
  still(): void
  /** Undefined where it counts nothing. */
  stats(): Promise<HostStats | undefined>
  /** Publishes one tick. */
  once(play: Play): void
  /** Lets it collect its garbage; the bytes it then holds, undefined where it cannot say. */
  collect(): Promise<number | undefined>
  end(): Promise<void>
}

/** How long Node may take to write a profile. */
const PROFILE_WRITTEN_MS = 5000

/** Starts one of the server programs of the bench in a process of its own, at a free port where none is said. */
export async function startHost(
  spec: Omit<HostSpec, 'port'> & { readonly port?: number },
  flags: readonly string[] = [],
): Promise<Server> {
  const path = new URL('../hosts/main.ts', import.meta.url)
  const port = spec.port ?? (await freePort())
  const child = startNode(path, [JSON.stringify({ ...spec, port })], SERVER_CORE, [
    '--expose-gc',
    ...START_FLAGS,
    ...flags,
  ])
  await child.next(word('port'))
  return {
    port,
    pid: child.pid,
    play: (play) => child.send({ op: 'play', play }),
    still: () => child.send({ op: 'still' }),
    once: (play) => child.send({ op: 'once', play }),
    async stats() {
      const answer = child.next(word('stats'))
      child.send({ op: 'stats' })
      return (await answer).stats
    },
    async collect() {
      const answer = child.next(word('collected'))
      child.send({ op: 'collect' })
      return (await answer).collected.bytes
    },
    async end() {
      child.send({ op: 'end' })
      await child.end(PROFILE_WRITTEN_MS)
    },
  }
}

function word<Name extends string>(
  name: Name,
): (message: unknown) => Extract<HostWord, Record<Name, unknown>> | undefined {
  return (message) =>
    typeof message === 'object' && message !== null && name in message ? (message as never) : undefined
}
