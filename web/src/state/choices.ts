import type * as z from 'zod/mini'
import { COLUMNS_MS, DEPTHS, GROUPINGS, HEAT_SPANS, RATES_HZ, SPANS_PERCENT } from '../panels/options.ts'
import type { PanelKind } from '../panels/registry.ts'
import { SCHEMAS } from '../panels/schemas.ts'
import type { InstrumentRow } from './desk.ts'
import { formatDecimal } from './format.ts'
import { priceStep } from './price-step.ts'

/** One thing a panel can be set to, as its kind's schema has it. */
export type Option = {
  readonly name: string
  /** `Price grouping`. */
  readonly title: string
  /** One value of `choices`, or any number of them in a list. */
  readonly several: boolean
  readonly choices: readonly unknown[]
  /** `10 Hz`. */
  readonly text: (choice: unknown, instrument: InstrumentRow | undefined) => string
}

/** What the schema cannot say of a field: how it is called, and which of very many numbers are worth offering. */
const KNOWN: Readonly<Record<string, Partial<Option>>> = {
  rateMs: {
    title: 'Updates a second',
    choices: RATES_HZ.map((hz) => Math.round(1000 / hz)),
    text: (ms) => `${Math.round(1000 / Number(ms))} Hz`,
  },
  depth: { title: 'Levels a side', choices: DEPTHS },
  grouping: {
    title: 'Price grouping',
    choices: GROUPINGS,
    text: (grouping, instrument) => priceStep(Number(grouping), instrument),
  },
  span: {
    title: 'Prices around the middle',
    choices: [...new Set([...HEAT_SPANS, ...SPANS_PERCENT])].sort((a, b) => a - b),
    text: (percent) => `±${formatDecimal(String(percent))}%`,
  },
  columnMs: { title: 'Time of a column', choices: COLUMNS_MS, text: (ms) => `${ms} ms` },
  minValue: {
    title: 'Hide trades worth less',
    choices: ['0', '100', '1000', '10000', '100000', '1000000'],
    text: (value) => (value === '0' ? 'all sizes' : `≥ ${formatDecimal(String(value))}`),
  },
}

/** Everything a kind of panel can be set to that has choices, in the order of its schema, which takes each of them. */
export function optionsOf(kind: PanelKind): readonly Option[] {
  const options = SCHEMAS[kind]
  return Object.entries(options.shape).flatMap(([name, field]) => {
    const { several, choices } = choicesOf(inner(field))
    const option: Option = { name, title: titleOf(name), several, choices, text: plain, ...KNOWN[name] }
    const taken = option.choices.filter((choice) => options.safeParse({ [name]: several ? [choice] : choice }).success)
    return taken.length === 0 ? [] : [{ ...option, choices: taken }]
  })
}

function plain(choice: unknown): string {
  return choice === true ? 'on' : choice === false ? 'off' : String(choice)
}

/** `valueArea` is `Value area`. */
function titleOf(name: string): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}

type Schema = z.core.$ZodType
/** What of zod's definitions is looked at. */
type Def = z.core.$ZodTypeDef & {
  readonly innerType?: Schema
  readonly element?: Schema
  readonly options?: readonly Schema[]
  readonly values?: readonly unknown[]
  readonly entries?: Readonly<Record<string, unknown>>
}

const defOf = (schema: Schema): Def => schema._zod.def as Def

/** Without the default, or the leave to be absent, around it. */
function inner(schema: Schema): Schema {
  const { innerType } = defOf(schema)
  return innerType === undefined ? schema : inner(innerType)
}

function choicesOf(schema: Schema): { readonly several: boolean; readonly choices: readonly unknown[] } {
  const { type, entries, values, options, element } = defOf(schema)
  if (type === 'boolean') return { several: false, choices: [true, false] }
  if (type === 'enum') return { several: false, choices: Object.values(entries ?? {}) }
  if (type === 'literal') return { several: false, choices: values ?? [] }
  if (type === 'union')
    return { several: false, choices: (options ?? []).flatMap((each) => choicesOf(inner(each)).choices) }
  if (type === 'array' && element !== undefined) return { several: true, choices: choicesOf(inner(element)).choices }
  return { several: false, choices: [] }
}
