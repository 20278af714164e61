import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { CHROMIUM_PATH } from './browser.ts'

// Runs before `npm test`: the browser tests need Chromium. As root on Debian it is installed; anyone else is told in one line what to do.
const HINT = 'Chromium is missing: install it with `apt-get install chromium`, or name yours in CHROMIUM_PATH.'

if (!existsSync(CHROMIUM_PATH)) {
  const isRoot = process.getuid?.() === 0
  if (!isRoot || process.env.CHROMIUM_PATH !== undefined || !existsSync('/usr/bin/apt-get')) {
    console.error(HINT)
    process.exit(1)
  }
  console.log('Installing Debian’s Chromium for the browser tests…')
  apt('update')
  apt('install', '--yes', '--no-install-recommends', 'chromium')
}

function apt(...args: string[]): void {
  const run = spawnSync('apt-get', ['-q', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (run.status !== 0) {
    console.error(`${HINT} (apt-get ${args[0]}: ${run.stderr.trim().split('\n').at(-1) ?? 'failed'})`)
    process.exit(1)
  }
}
