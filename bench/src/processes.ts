import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { cpus } from 'node:os'
import { BenchError } from './bench.ts'

/** Where the server under test runs, and where everything else does. */
export const SERVER_CORE = 0
export const LOAD_CORE = 1

/** Sockets a process may need besides those of its clients. */
const SPARE_FILES = 200

export type Child = {
  readonly pid: number
  /** Resolves with the next message for which `is` returns something, rejects when the process ends before. */
  next<Message>(is: (message: unknown) => Message | undefined): Promise<Message>
  send(message: object): void
  /** Ends it, at once or when it has not ended by itself in time, and waits until it is gone. */
  end(patienceMs?: number): Promise<void>
}

type Start = {
  readonly command: string
  readonly args: readonly string[]
  readonly core: number
  /** Talk to it over IPC: our own Node programs. */
  readonly ipc?: boolean
}

/** What `npm start` gives Node: every server of the bench that is written for Node gets the same. */
export const START_FLAGS = startFlags()

const running = new Set<ChildProcess>()

/**
 * Starts a program on one core. It ends with the bench, however the bench ends: by its id on the way out, and by the kernel where the bench
 * is killed (`setpriv --pdeathsig`).
 */
export function start({ command, args, core, ipc = false }: Start): Child {
  const pinned = ['--pdeathsig', 'KILL', '--', 'taskset', '-c', String(core), command, ...args]
  const child = spawn('setpriv', pinned, { stdio: ['ignore', 'ignore', 'pipe', ...(ipc ? (['ipc'] as const) : [])] })
  running.add(child)
  let stderr = ''
  child.stderr?.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-2000)
  })
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(child)
      resolve()
    })
    child.once('error', () => resolve())
  })
  const failed = exited.then(() => {
    throw new BenchError('BENCH_VOID', `${command} ${args.join(' ')} ended: ${stderr.trim() || 'without a word'}`)
  })
  failed.catch(() => {})
  return {
    pid: child.pid!,
    next<Message>(is: (message: unknown) => Message | undefined): Promise<Message> {
      const heard = new Promise<Message>((resolve) => {
        const listen = (message: unknown) => {
          const found = is(message)
          if (found === undefined) return
          child.off('message', listen)
          resolve(found)
        }
        child.on('message', listen)
      })
      return Promise.race([heard, failed])
    },
    send(message) {
      if (child.connected) child.send(message)
    },
    async end(patienceMs = 0) {
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      await exited
      clearTimeout(timer)
    },
  }
}

/** One of our own programs, TypeScript run by this Node. */
export function startNode(path: URL, args: readonly string[], core: number, flags: readonly string[] = []): Child {
  const command = process.execPath
  return start({ command, args: [...flags, path.pathname, ...args], core, ipc: true })
}

function endAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

process.once('exit', endAll)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    endAll()
    process.exit(130)
  })
}

/** CPU time of all threads of a process so far, µs: the scheduler's own count, the same for programs in any language. */
export function cpuMicros(pid: number): number {
  let nanos = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanos += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
  }
  return nanos / 1000
}

/** Memory of a process that is in RAM, bytes. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}

/** Below those that the system gives to clients: after tens of thousands of connections these are used up for a while. */
const [FIRST_PORT, LAST_PORT] = [20_000, 32_000]
let lastPort = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT))

/** A port of the loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    lastPort = lastPort < LAST_PORT ? lastPort + 1 : FIRST_PORT
    const port = lastPort
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer()
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
    })
    if (isFree) return port
  }
}

/** Throws BenchError BENCH_NO_MACHINE where this machine cannot give numbers that mean something. */
export function requireMachine(sockets: number): readonly string[] {
  if (process.platform !== 'linux') {
    throw new BenchError(
      'BENCH_NO_MACHINE',
      `needs Linux (taskset, /proc/<pid>/task/*/schedstat), not ${process.platform}`,
    )
  }
  for (const tool of ['setpriv', 'taskset']) {
    if (spawnSync(tool, ['--version']).status !== 0) {
      throw new BenchError('BENCH_NO_MACHINE', `needs ${tool}: apt-get install util-linux`)
    }
  }
  if (cpus().length < 2)
    throw new BenchError('BENCH_NO_MACHINE', 'needs two cores: one for the server, one for the load')
  const files = Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
  if (files < sockets + SPARE_FILES) {
    throw new BenchError(
      'BENCH_NO_MACHINE',
      `${sockets} clients need ${sockets + SPARE_FILES} open files a process and ${files} are allowed: ulimit -n ${sockets + SPARE_FILES}, or fewer --clients`,
    )
  }
  return [
    `server on core ${SERVER_CORE}, load clients and this program on core ${LOAD_CORE}, loopback; ${files} open files allowed a process`,
    `every server written for Node runs with ${START_FLAGS.join(' ')}, as npm start runs the gateway`,
  ]
}

function startFlags(): readonly string[] {
  const file = new URL('../../package.json', import.meta.url)
  const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { readonly scripts: { readonly start: string } }
  return scripts.start.split(' ').filter((word) => word.startsWith('--'))
}
