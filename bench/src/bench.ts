/** One thing measured: a file beside this one, and a line in the list of main.ts. */
export type Bench = {
  /** What picks it: `npm run bench -- <name>`. */
  readonly name: string
  /** One line for `--help`. */
  readonly summary: string
  run(log: (line: string) => void): Promise<Report>
}

/** What a bench found. Everything a reader needs to judge the numbers stands in `conditions`. */
export type Report = {
  readonly title: string
  readonly conditions: readonly string[]
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly targets: readonly Target[]
  /** The unrounded measurements, for the JSON file. */
  readonly measured: unknown
}

/** A claim the project makes and whether this run bears it out. */
type Target = { readonly claim: string; readonly measured: string; readonly met: boolean }

/** The bench cannot say anything. The message tells what to do about it. */
export class BenchError extends Error {
  readonly code: 'BENCH_NO_PEERS' | 'BENCH_VOID'

  constructor(code: BenchError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BenchError'
    this.code = code
  }
}
