import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BenchError } from '../bench.ts'
import { CHROMIUM_PATH } from './browser.ts'

const HOME = fileURLToPath(new URL('../../lighthouse/', import.meta.url))
const CATEGORIES = ['performance', 'accessibility', 'best-practices'] as const
export type Scores = { readonly [Category in (typeof CATEGORIES)[number]]: number } & {
  /** Audits that cost points, in Lighthouse's own names. */
  readonly short: readonly string[]
}

/**
 * What Lighthouse says of the page, points from 0 to 100. Installed from its own lockfile on first use: it is heavy and nothing else needs it.
 *
 * Throws BenchError BENCH_NO_PEERS where it cannot be had, BENCH_VOID where it cannot measure.
 */
export function lighthouse(url: string, preset: 'desktop' | 'phone', log: (line: string) => void): Scores {
  install(log)
  const folder = mkdtempSync(join(tmpdir(), 'depthcast-lighthouse-'))
  const report = join(folder, 'report.json')
  try {
    const flags = [
      url,
      ...(preset === 'desktop' ? ['--preset=desktop'] : []),
      `--only-categories=${CATEGORIES.join(',')}`,
      '--output=json',
      `--output-path=${report}`,
      '--quiet',
      '--chrome-flags=--headless=new --no-sandbox --disable-gpu',
    ]
    const program = [process.execPath, join(HOME, 'node_modules/lighthouse/cli/index.js')]
    const { status, stderr } = spawnSync('env', [`CHROME_PATH=${CHROMIUM_PATH}`, ...program, ...flags], {
      encoding: 'utf8',
    })
    if (status !== 0)
      throw new BenchError('BENCH_VOID', `Lighthouse ended with ${status}: ${stderr.trim().slice(-500)}`)
    return read(JSON.parse(readFileSync(report, 'utf8')) as Result)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

type Result = {
  readonly categories: Readonly<
    Record<
      string,
      { readonly score: number | null; readonly auditRefs: readonly { readonly id: string; readonly weight: number }[] }
    >
  >
  readonly audits: Readonly<Record<string, { readonly score: number | null; readonly displayValue?: string }>>
}

function read({ categories, audits }: Result): Scores {
  const points = (name: string) => Math.round((categories[name]?.score ?? Number.NaN) * 100)
  const short = CATEGORIES.flatMap((name) =>
    (categories[name]?.auditRefs ?? []).flatMap(({ id, weight }) => {
      const { score = null, displayValue = '' } = audits[id] ?? {}
      return weight > 0 && score !== null && score < 0.9 ? [`${id} ${displayValue}`.trim()] : []
    }),
  )
  return {
    performance: points('performance'),
    accessibility: points('accessibility'),
    'best-practices': points('best-practices'),
    short,
  }
}

function install(log: (line: string) => void): void {
  try {
    readFileSync(join(HOME, 'node_modules/lighthouse/package.json'))
    return
  } catch {
    log('first use: installing lighthouse into bench/lighthouse (npm ci)')
  }
  const command = ['ci', '--prefix', HOME, '--ignore-scripts', '--no-progress', '--loglevel=error']
  const { status, error, stderr } = spawnSync('npm', command, { encoding: 'utf8' })
  if (status === 0) return
  const why = error?.message ?? stderr.trim().split('\n')[0] ?? `npm ended with ${status}`
  throw new BenchError(
    'BENCH_NO_PEERS',
    `installing lighthouse failed (${why}); try npm ci --prefix bench/lighthouse`,
    { cause: error },
  )
}
