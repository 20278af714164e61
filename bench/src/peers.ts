import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BenchError } from './bench.ts'

/** The books of others, each in its own words, as far as the bench uses them. */
export type Peers = {
  readonly versions: Readonly<Record<string, string>>
  readonly tardis: { readonly OrderBook: new () => TardisBook }
  readonly ccxt: { readonly OrderBook: new (snapshot: { readonly symbol: string }) => CcxtBook }
}

export type TardisLevel = { readonly price: number; readonly amount: number }
export type TardisChange = {
  readonly isSnapshot: boolean
  readonly bids: readonly TardisLevel[]
  readonly asks: readonly TardisLevel[]
}
type TardisBook = {
  update(change: TardisChange): void
  bids(): Iterable<TardisLevel>
  asks(): Iterable<TardisLevel>
}

type CcxtSide = Iterable<readonly [price: number, size: number]> & { store(price: number, size: number): void }
export type CcxtBook = {
  readonly bids: CcxtSide
  readonly asks: CcxtSide
  reset(snapshot: { readonly bids: readonly number[][]; readonly asks: readonly number[][] }): void
}

/**
 * Loads the peers, installed from their own lockfile on first use: they are heavy and nothing else needs them.
 *
 * Throws BenchError BENCH_NO_PEERS where they cannot be had in exactly the wanted versions.
 */
export async function loadPeers(log: (line: string) => void): Promise<Peers> {
  const wanted = dependenciesOf('package.json')
  if (!isInstalled(wanted)) install(wanted, log)
  const tardis = await import(at('node_modules/tardis-dev/dist/orderbook.js'))
  const ccxt = await import(at('node_modules/ccxt/js/src/base/ws/OrderBook.js'))
  return { versions: wanted, tardis, ccxt }
}

const HOME = new URL('../peers/', import.meta.url)

function at(path: string): string {
  return new URL(path, HOME).href
}

function install(wanted: Readonly<Record<string, string>>, log: (line: string) => void): void {
  const names = Object.entries(wanted).map(([name, version]) => `${name} ${version}`)
  const command = ['ci', '--prefix', fileURLToPath(HOME), '--ignore-scripts', '--no-progress', '--loglevel=error']
  log(`first use: installing ${names.join(' and ')} into bench/peers (npm ci, about 80 MB)`)
  const { status, error, stderr } = spawnSync('npm', command, { encoding: 'utf8' })
  if (status === 0 && isInstalled(wanted)) return
  const why = error?.message ?? stderr.trim().split('\n')[0] ?? `npm ended with ${status}`
  throw new BenchError(
    'BENCH_NO_PEERS',
    `nothing to compare with: installing ${names.join(' and ')} failed (${why}); try npm ci --prefix bench/peers`,
    { cause: error },
  )
}

function isInstalled(wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, version]) => versionOf(name) === version)
}

function versionOf(name: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, HOME), 'utf8')) as Manifest).version
  } catch {
    return undefined
  }
}

function dependenciesOf(path: string): Readonly<Record<string, string>> {
  return (JSON.parse(readFileSync(new URL(path, HOME), 'utf8')) as Manifest).dependencies ?? {}
}

type Manifest = { readonly version?: string; readonly dependencies?: Readonly<Record<string, string>> }
