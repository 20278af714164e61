import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { boxesOf } from '../src/workspace/boxes.ts'
import { FIRST } from '../src/workspace/first.ts'

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

test('the palette and all its commands are at most 25 KB beside what a desk has', () => {
  const palette = withImports([...named('Dialogs'), ...named('commands')])
  expect(sum(beside(palette, untouched('desktop')))).toBeLessThanOrEqual(25)
})

test('no schema and no chart stands before the first quote', () => {
  const first = [...shell(), ...withImports(named('feed.worker'))].map((file) => file.replace(/-[\w-]{8}\.\w+$/, ''))
  expect(first).toEqual(expect.not.arrayContaining(['assets/schemas', 'assets/candle-chart', 'assets/dock']))
})

/** What a page fetches until someone does something with it: of the layout it begins with, what is in front of its tabs. */
function untouched(page: 'desktop' | 'phone'): ReadonlySet<string> {
  const { layout, panels } = FIRST[page]
  const kinds = boxesOf(layout, { width: 1000, height: 1000 }).groups.flatMap(
    ({ active }) => panels[active]?.kind ?? [],
  )
  const engine = withImports(named('feed.worker'))
  const contents = kinds.map((kind) => (kind === 'chart' ? 'chart-bars' : kind))
  const painted = contents.flatMap((content) =>
    [...engine].flatMap((file) => [
      ...read(file).matchAll(new RegExp(`import\\(["'\`]\\./(${content}-[\\w-]{8}\\.js)`, 'g')),
    ]),
  )
  const programs = withImports([
    ...shell(),
    ...engine,
    ...painted.map(([, file = '']) => `assets/${file}`),
    ...kinds.flatMap((kind) => named(PROGRAMS[kind] ?? kind)),
    ...(kinds.includes('chart') ? named('candle-chart') : []),
    ...named(page === 'phone' ? 'Phone' : 'Workbench'),
  ])
  return new Set([...programs, ...[...programs].flatMap(stylesOf)])
}

const PROGRAMS: Readonly<Record<string, string>> = {
  chart: 'ChartPanel',
  ladder: 'LadderPanel',
  depth: 'DepthPanel',
  tape: 'TapePanel',
  heatmap: 'HeatmapPanel',
  watch: 'WatchlistPanel',
}

/** A program's styles have its name. */
function stylesOf(file: string): readonly string[] {
  const [, name = file] = /^assets\/(.*?)(?:\.svelte)?-[\w-]{8}\.js$/.exec(file) ?? []
  return readdirSync(new URL('dist/assets/', web))
    .filter((each) => new RegExp(`^${name}-[\\w-]{8}\\.css$`).test(each))
    .map((each) => `assets/${each}`)
}

for (const { page, most } of [
  { page: 'desktop', most: 200 },
  { page: 'phone', most: 150 },
] as const)
  test(`all that a ${page} fetches before it is touched is at most ${most} KB`, () => {
    const fetched = untouched(page)
    const names = [...fetched].map((file) => file.replace(/^assets\/(.*)-[\w-]{8}\.\w+$/, '$1'))
    expect(names).toEqual(expect.arrayContaining(['engine.worker', 'ChartPanel', 'candle-chart']))
    for (const later of ['dock', 'schemas', 'alerts-desk.svelte']) expect(names).not.toContain(later)
    expect(sum(fetched)).toBeLessThanOrEqual(most)
  })
