import type { Report, Target } from '../bench.ts'

/** One figure beside what it may be at most, or has to be at least. */
export type Budget = {
  readonly what: string
  readonly measured: number
  readonly unit: string
  readonly most?: number
  readonly least?: number
  readonly decimals?: number
}

export function budgetReport(
  title: string,
  conditions: readonly string[],
  budgets: readonly Budget[],
  measured: unknown,
): Report {
  return {
    title,
    conditions,
    columns: ['what', 'measured', 'budget'],
    rows: budgets.map((budget) => [budget.what, text(budget, budget.measured), limit(budget)]),
    targets: budgets.filter(({ most, least }) => most !== undefined || least !== undefined).map(target),
    measured,
  }
}

/** What could not be measured is missed. */
function target(budget: Budget): Target {
  const { what, measured, most = Number.POSITIVE_INFINITY, least = Number.NEGATIVE_INFINITY } = budget
  return {
    claim: `${what} ${limit(budget)}`,
    measured: text(budget, measured),
    met: measured <= most && measured >= least,
  }
}

function limit(budget: Budget): string {
  if (budget.most !== undefined) return `at most ${text(budget, budget.most)}`
  return budget.least === undefined ? '' : `at least ${text(budget, budget.least)}`
}

function text({ unit, decimals = 0 }: Budget, value: number): string {
  return `${Number.isInteger(value) ? value : value.toFixed(decimals)}${unit === '' ? '' : ` ${unit}`}`
}
