import type { HostSpec, HostStats, HostWord, Play } from '../hosts/order.ts'
import { SERVER_CORE, startNode } from '../processes.ts'

/** A server under test, whatever it is written in. */
export type Server = {
  readonly port: number
  readonly pid: number
  play(play: Play): void
  still(): void
  /** Undefined where it counts nothing. */
  stats(): Promise<HostStats | undefined>
  /** Lets it collect its garbage, where it can. */
  collect(): Promise<void>
  end(): Promise<void>
}

/** How long Node may take to write a profile. */
const PROFILE_WRITTEN_MS = 5000

/** Starts one of the server programs of the bench in a process of its own. */
export async function startHost(spec: HostSpec, flags: readonly string[] = []): Promise<Server> {
  const path = new URL('../hosts/main.ts', import.meta.url)
  const child = startNode(path, [JSON.stringify(spec)], SERVER_CORE, ['--expose-gc', ...flags])
  const { port } = await child.next(word('port'))
  return {
    port,
    pid: child.pid,
    play: (play) => child.send({ op: 'play', play }),
    still: () => child.send({ op: 'still' }),
    async stats() {
      const answer = child.next(word('stats'))
      child.send({ op: 'stats' })
      return (await answer).stats
    },
    async collect() {
      const answer = child.next(word('collected'))
      child.send({ op: 'collect' })
      await answer
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
