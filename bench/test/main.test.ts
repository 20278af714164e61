import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

function bench(...args: readonly string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' })
}

test('--help names every bench and what the exit codes mean', () => {
  const { status, stdout, stderr } = bench('--help')
  expect([status, stderr]).toEqual([0, ''])
  for (const name of ['book', 'codec', 'fanout', 'memory', 'storm', 'web', '--clients', '--stall', '--soak'])
    expect(stdout).toContain(name)
  expect(stdout).toContain('Exit code 0')
})

test.each([
  {
    name: 'a bench that is not there',
    args: ['nope'],
    says: /^bench: no bench is called nope, there is book, codec, fanout, market, memory, storm, web; .*--help.*\n$/,
  },
  {
    name: 'a flag of another bench',
    args: ['book', '--clients', '10'],
    says: /^bench: --clients is no flag of book; .*--help.*\n$/,
  },
  {
    name: 'a number of clients that is none',
    args: ['fanout', '--clients', 'many'],
    says: /^bench: BENCH_BAD_FLAG: --clients must be whole numbers .*many\n$/,
  },
  {
    name: 'a workload that is not there',
    args: ['fanout', '--workloads', 'one,two'],
    says: /^bench: BENCH_BAD_FLAG: --workloads must be of one, .*not two\n$/,
  },
  { name: 'an unknown flag', args: ['--nope'], says: /^bench: Unknown option '--nope'; .*--help.*\n$/ },
])('$name is one line naming what is allowed, and exit code 2', ({ args, says }) => {
  const { status, stdout, stderr } = bench(...args)
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(says)
})
