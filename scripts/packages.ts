import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { CHROMIUM_PATH } from './browser.ts'

// Runs before `npm test`: what the tests need from the machine and npm does not have. As root on Debian it is installed; anyone else is told in
// one line what to do.

type Needed = { readonly name: string; isThere(): boolean }

const NEEDED: readonly Needed[] = [
  { name: 'chromium', isThere: () => existsSync(CHROMIUM_PATH) },
  // Clients that nobody here wrote, run by the tests of docs/clients.md.
  { name: 'curl', isThere: () => runs('curl', '--version') },
  { name: 'python3-socketio', isThere: () => hasModule('socketio') },
  { name: 'python3-msgpack', isThere: () => hasModule('msgpack') },
  { name: 'python3-websocket', isThere: () => hasModule('websocket') },
]

const missing = NEEDED.filter((needed) => !needed.isThere())
if (missing.length > 0) install(missing.map(({ name }) => name))

function install(names: readonly string[]): void {
  const isRoot = process.getuid?.() === 0
  const hasOwnBrowser = names.includes('chromium') && process.env.CHROMIUM_PATH !== undefined
  if (!isRoot || hasOwnBrowser || !existsSync('/usr/bin/apt-get')) fail(names)
  console.log(`Installing what the tests need from Debian: ${names.join(', ')}…`)
  apt(names, 'update')
  apt(names, 'install', '--yes', '--no-install-recommends', ...names)
}

function apt(names: readonly string[], ...args: string[]): void {
  const run = spawnSync('apt-get', ['-q', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (run.status !== 0) fail(names, `(apt-get ${args[0]}: ${run.stderr?.trim().split('\n').at(-1) ?? 'failed'})`)
}

function fail(names: readonly string[], why = ''): never {
  const browser = names.includes('chromium') ? ', or name your own Chromium in CHROMIUM_PATH' : ''
  console.error(`The tests need ${names.join(', ')}: apt-get install ${names.join(' ')}${browser}. ${why}`.trim())
  process.exit(1)
}

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** For Debian's own Python: another one has other modules. */
function hasModule(name: string): boolean {
  return runs('/usr/bin/python3', '-c', `import ${name}`)
}
