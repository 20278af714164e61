import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openCapture } from '@depthcast/feeds'
import { naiveFold, type PlainBook, plain } from '@depthcast/simulators'
import { imported, rightWhenCutTo, translateV1 } from './kraken-captures.ts'
import { add, closing, failed, failure, NOTHING, PASSED, RESULTS_DIR } from './tally.ts'

// `npm run captures -- <folder>`: proves the feeds on recorded exchange traffic, three times over. `depthcast-sim check` must count exactly what the
// recordings hold; the gateway, replaying them as fast as it can, must end with exactly the books a plain fold of the frames gives; and the events must
// be those of before, down to the last digit: their SHA-256 stands in captures.golden.json, in place of the recordings, which are not ours to give.
// `--golden` after the folder writes them anew, for a change that is meant.

type Expected = {
  readonly file: string
  readonly venue: string
  /** The same as a recording of frames, where it is none; gives its file. */
  readonly translate?: (path: string) => string
  /** What cannot be: a line for each. Shows that the counts could have failed. */
  readonly prove?: (path: string) => readonly string[]
  /** What `depthcast-sim check --json` must say of it, by path. */
  readonly counts: Readonly<Record<string, number>>
}

const EXPECTED: readonly Expected[] = [
  {
    file: 'coinbase-exchange.ws.txt',
    venue: 'coinbase',
    counts: {
      'updates.applied': 9719,
      'updates.expected': 9719,
      'checks.oracle.passed': 97,
      'checks.oracle.failed': 0,
      'finalBooks.equal': 10,
      crossedBooks: 0,
      resyncs: 0,
    },
  },
  {
    file: 'binance-spot.ws.txt',
    venue: 'binance',
    counts: {
      'checks.sequence.passed': 173,
      'checks.sequence.failed': 0,
      'checks.oracle.passed': 26,
      'checks.oracle.failed': 0,
      'finalBooks.equal': 4,
      crossedBooks: 0,
      resyncs: 0,
    },
  },
  {
    file: 'binance-us.ws.txt',
    venue: 'binance',
    counts: {
      'checks.sequence.passed': 332,
      'checks.sequence.failed': 0,
      'checks.oracle.passed': 57,
      'checks.oracle.failed': 0,
      'finalBooks.equal': 4,
      crossedBooks: 0,
      resyncs: 0,
    },
  },
  {
    file: 'kraken-v1-book1000.txt',
    venue: 'kraken',
    translate: translateV1,
    counts: {
      'updates.applied': 4269,
      'updates.expected': 4269,
      'checks.checksum.passed': 4269,
      'checks.checksum.failed': 0,
      'finalBooks.equal': 10,
      crossedBooks: 0,
      resyncs: 0,
    },
  },
  {
    file: 'kraken-v2-book10.json',
    venue: 'kraken',
    translate: imported,
    counts: {
      'updates.applied': 509,
      'updates.expected': 509,
      'checks.checksum.passed': 510,
      'checks.checksum.failed': 0,
      'finalBooks.equal': 1,
      crossedBooks: 0,
      resyncs: 0,
    },
    prove: (path) => [
      ...ifNot('cut to 10', rightWhenCutTo(10, path), 509),
      ...ifNot('never cut', rightWhenCutTo(1000, path), 59),
    ],
  },
]

function ifNot(what: string, got: number, want: number): readonly string[] {
  return got === want ? [] : [`${what}: ${got} of 509 updates have the right checksum, expected ${want}`]
}

const [, , folder, flag] = process.argv
if (folder === undefined || !existsSync(folder) || (flag !== undefined && flag !== '--golden')) {
  console.error('usage: npm run captures -- <folder with recordings> [--golden]')
  process.exit(2)
}

const GOLDEN = new URL('captures.golden.json', import.meta.url)
const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Record<string, string>

let total = NOTHING
for (const expected of EXPECTED) {
  const recorded = join(folder, expected.file)
  if (!existsSync(recorded)) {
    console.log(`not there: ${expected.file}`)
    total = add(total, { ...NOTHING, skipped: 1 })
    continue
  }
  const path = expected.translate?.(recorded) ?? recorded
  for (const [what, wrong] of [
    [`${expected.file}: check counts what the recording holds`, checkCounts(path, expected)],
    [`${expected.file}: the gateway ends with the recorded books`, await compareBooks(path, expected)],
    [`${expected.file}: the events are those of before`, compareEvents(path, expected)],
    ...(expected.prove === undefined
      ? []
      : [[`${expected.file}: 509 checksums hold, and 59 where the book is not cut`, expected.prove(path)] as const]),
  ] as const) {
    if (wrong.length === 0) console.log(`ok: ${what}`)
    total = add(total, wrong.length === 0 ? PASSED : failed(failure(what, wrong.join('\n'))))
  }
}
if (flag !== undefined) writeFileSync(GOLDEN, `${JSON.stringify(golden, undefined, 2)}\n`)
mkdirSync(RESULTS_DIR, { recursive: true })
writeFileSync(`${RESULTS_DIR}/captures.tally.json`, JSON.stringify(total))
console.log(closing(total))
process.exit(total.failures.length === 0 ? 0 : 1)

function checkCounts(path: string, { counts }: Expected): string[] {
  const run = spawnSync(process.execPath, ['simulators/src/main.ts', 'check', path, '--json'], { encoding: 'utf8' })
  if (run.status !== 0) return [`exit code ${run.status}: ${run.stderr.trim()}`]
  const report: unknown = JSON.parse(run.stdout)
  return Object.entries(counts).flatMap(([key, want]) => {
    const got = key.split('.').reduce<unknown>((value, part) => (value as Record<string, unknown>)?.[part], report)
    return got === want ? [] : [`${key}: expected ${want}, counted ${got}`]
  })
}

function compareEvents(path: string, { file }: Expected): string[] {
  const args = ['simulators/src/main.ts', 'replay', path, '--digest']
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (run.status !== 0) return [`exit code ${run.status}: ${run.stderr.trim()}`]
  const digest = run.stdout.slice(0, 64)
  if (flag !== undefined) golden[file] = digest
  return golden[file] === digest ? [] : [`their SHA-256 is ${digest}, in captures.golden.json ${golden[file]}`]
}

type Listed = { readonly id: string; readonly venueSymbol: string; readonly state: string }
type Served = {
  readonly state: string
  readonly bids: readonly (readonly [string, string])[]
  readonly asks: readonly (readonly [string, string])[]
}

async function compareBooks(path: string, { venue }: Expected): Promise<string[]> {
  const want = foldPlainly(path, venue)
  const gateway = spawn(
    process.execPath,
    ['server/src/main.ts', '--port', '0', '--feed', `replay:${path}`, '--speed', 'max'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  try {
    const url = await address(gateway.stdout)
    const listed = await ended(url)
    const wrong = listed.flatMap((instrument) =>
      instrument.id.startsWith(`${venue}:`) ? [] : [`${instrument.id} is not ${venue}'s`],
    )
    if (listed.length !== want.size) wrong.push(`expected ${want.size} instruments, found ${listed.length}`)
    for (const { id, venueSymbol } of listed) {
      const naive = want.get(venueSymbol)
      if (naive === undefined) wrong.push(`${id} is not in the recording`)
      else wrong.push(...differences(id, naive, await read<Served>(`${url}/v1/book/${id}?depth=all`)))
    }
    return wrong
  } finally {
    gateway.kill()
  }
}

/** The final books by the plain reading that shares no code with the feeds. */
function foldPlainly(path: string, venue: string): ReadonlyMap<string, PlainBook> {
  const records = [...openCapture(path).records()]
  const depth = records.find((record) => record.kind === 'header')?.depth
  const fold = naiveFold(venue, depth)
  if (fold === undefined) throw new Error(`no plain reading of ${venue}`)
  for (const record of records) {
    if (record.kind === 'frame') fold.frame(record.text)
    if (record.kind === 'http') fold.reply(record.url, record.body)
  }
  return fold.books()
}

/** Polls until every instrument's recording is over; gives up after a bounded number of looks. */
async function ended(url: string): Promise<readonly Listed[]> {
  for (let looks = 0; looks < 600; looks++) {
    const listed = await read<readonly Listed[]>(`${url}/v1/instruments`)
    if (listed.length > 0 && listed.every(({ state }) => state === 'ended')) return listed
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the replay did not end')
}

function differences(id: string, naive: PlainBook, served: Served): string[] {
  return (['bids', 'asks'] as const).flatMap((side) => {
    const got = new Map(served[side].map(([price, quantity]) => [plain(price), plain(quantity)]))
    const want = naive[side]
    const wrong = [...want].filter(([price, quantity]) => got.get(price) !== quantity)
    return wrong.length === 0 && got.size === want.size
      ? []
      : [`${id} ${side}: ${got.size} levels served, ${want.size} recorded, ${wrong.length} differ`]
  })
}

function address(stdout: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      const found = /https?:\/\/[^\s/]+/.exec(printed)
      if (found !== null) resolve(found[0])
    })
    stdout.once('end', () => reject(new Error(`the gateway ended: ${printed}`)))
  })
}

async function read<T>(url: string): Promise<T> {
  const reply = await fetch(url)
  if (!reply.ok) throw new Error(`${url}: ${reply.status} ${await reply.text()}`)
  return (await reply.json()) as T
}
