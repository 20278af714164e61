import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'

// How much the page loads, as it is served: programs and styles compressed by brotli. KB of 1000 bytes.

const web = new URL('../', import.meta.url)
const KB = 1000

// At once where what is there was built from these very files. As what is served is built, not as what is tested.
beforeAll(() => {
  const env = { ...process.env, NODE_ENV: 'production' }
  execFileSync(process.execPath, [fileURLToPath(new URL('build.ts', web))], { env })
}, 180_000)

/** Of `dist`. */
const read = (file: string): string => readFileSync(new URL(`dist/${file}`, web), 'utf8')
const sizeOf = (file: string): number => statSync(new URL(`dist/${file}.br`, web)).size
const sum = (files: Iterable<string>): number => [...files].reduce((bytes, file) => bytes + sizeOf(file), 0) / KB

/** The programs whose names begin so. */
function named(name: string): readonly string[] {
  const found = readdirSync(new URL('dist/assets/', web)).filter(
    (file) => file.startsWith(`${name}-`) && file.endsWith('.js'),
  )
  expect(found, `programs named ${name}`).not.toEqual([])
  return found.map((file) => `assets/${file}`)
}

/** What a program cannot begin without. */
function importsOf(file: string): readonly string[] {
  if (!file.endsWith('.js')) return []
  const imports = read(file).matchAll(/(?:\bfrom|\bimport)\s*["'`](\.{1,2}\/[^"'`]+\.js)["'`]/g)
  return [...imports].map(([, path = '']) => posix.join(posix.dirname(file), path))
}

/** These and everything that has to be there before they can begin. */
function withImports(files: readonly string[], found = new Set<string>()): ReadonlySet<string> {
  for (const file of files) {
    if (found.has(file)) continue
    found.add(file)
    withImports(importsOf(file), found)
  }
  return found
}

/** The document and what it names, but for the worker, which has a budget of its own. */
function shell(): ReadonlySet<string> {
  const named = [...read('index.html').matchAll(/(?:src|href)="\/(assets\/(?!\w+\.worker-)[^"]+\.(?:js|css))"/g)]
  return withImports(['index.html', ...named.map(([, file = '']) => file)])
}

const beside = (files: ReadonlySet<string>, known: ReadonlySet<string>): readonly string[] =>
  [...files].filter((file) => !known.has(file))

test('the shell is at most 40 KB', () => {
  expect(shell().size).toBeGreaterThan(3)
  expect(sum(shell())).toBeLessThanOrEqual(40)
})

test('what the worker begins with is at most 25 KB', () => {
  expect(sum(withImports(named('feed.worker')))).toBeLessThanOrEqual(25)
})

// WebKit would run the entry a second time, and the page go on speaking to an engine that knows of nothing.
test('nothing that the worker fetches later imports its entry', () => {
  const programs = readdirSync(new URL('dist/assets/', web)).filter((file) => file.endsWith('.js'))
  const imported = new Set(programs.flatMap((file) => importsOf(`assets/${file}`)))
  expect(imported.size).toBeGreaterThan(20)
  expect(named('feed.worker').filter((entry) => imported.has(entry))).toEqual([])
})

test('a chart brings at most 60 KB beside what every panel has', () => {
  const panel = withImports(named('ChartPanel'))
  expect(sum(beside(withImports(named('candle-chart')), new Set([...shell(), ...panel])))).toBeLessThanOrEqual(60)
})

test('the palette and all its commands are at most 25 KB beside what is there soon after the first quote', () => {
  const palette = withImports([...named('Dialogs'), ...named('commands')])
  const soon = withImports([...shell(), ...named('alerts-desk.svelte')])
  expect(sum(beside(palette, soon))).toBeLessThanOrEqual(25)
})

test('no schema and no chart stands before the first quote', () => {
  const first = [...shell(), ...withImports(named('feed.worker'))].map((file) => file.replace(/-[\w-]{8}\.\w+$/, ''))
  expect(first).toEqual(expect.not.arrayContaining(['assets/schemas', 'assets/candle-chart', 'assets/dock']))
})
