/** One thing measured: a file beside this one, and a line in the list of main.ts. */
export type Bench = {
  /** What picks it: `npm run bench -- <name>`. */
  readonly name: string
  /** One line for `--help`. */
  readonly summary: string
  /** What can be chosen: `npm run bench -- <name> --<flag> <value>`. */
  readonly flags?: Readonly<Record<string, Flag>>
  run(log: (line: string) => void, values: Values): Promise<readonly Report[]>
}

/** One choice. Without a placeholder it is a switch. */
type Flag = { readonly placeholder?: string; readonly fallback?: string; readonly help: string }

/** What was chosen: a switch is there or not. */
export type Values = Readonly<Record<string, string | boolean | undefined>>

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
export type Target = { readonly claim: string; readonly measured: string; readonly met: boolean }

/** The bench cannot say anything. The message tells what to do about it. */
export class BenchError extends Error {
  readonly code: 'BENCH_NO_PEERS' | 'BENCH_NO_MACHINE' | 'BENCH_VOID' | 'BENCH_BAD_FLAG'

  constructor(code: BenchError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BenchError'
    this.code = code
  }
}

/** The whole numbers that a flag gives, with commas between. Throws BenchError BENCH_BAD_FLAG where they are not. */
export function wholeNumbers(values: Values, name: string): readonly number[] {
  const numbers = String(values[name]).split(',').map(Number)
  if (numbers.every((number) => Number.isSafeInteger(number) && number > 0)) return numbers
  throw new BenchError(
    'BENCH_BAD_FLAG',
    `--${name} must be whole numbers from 1 up with commas between, not ${values[name]}`,
  )
}

/** The names that a flag gives, with commas between. Throws BenchError BENCH_BAD_FLAG where one is not among those allowed. */
export function namesOf<Name extends string>(values: Values, flag: string, allowed: readonly Name[]): readonly Name[] {
  const names = String(values[flag]).split(',')
  const wrong = names.find((name) => !allowed.includes(name as Name))
  if (wrong === undefined) return names as Name[]
  throw new BenchError('BENCH_BAD_FLAG', `--${flag} must be of ${allowed.join(', ')}, not ${wrong}`)
}
