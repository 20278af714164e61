import { INSTRUMENT_STATES } from '@depthcast/market'
import { expect, test } from 'vitest'
import { type FromEngine, type PanelReport, QUOTE_FIELDS } from '../src/engine/messages.ts'
import { Desk } from '../src/state/desk.ts'
import { Heard } from '../src/state/heard.ts'
import { DEFAULT_SETTINGS } from '../src/state/settings.ts'
import { FIRST } from '../src/workspace/first.ts'

const ROW = {
  id: 'one:BTC-USD',
  venue: 'one',
  base: 'BTC',
  quote: 'USD',
  tickSize: '0.5',
  lotSize: '0.001',
  state: 'live',
} as const
const REPORT: PanelReport = {
  panel: 'ladder-1',
  symbol: ROW.id,
  state: { kind: 'live' },
  seq: 12,
  verifiedAt: 5000,
  source: undefined,
  asked: undefined,
  granted: undefined,
  refusal: undefined,
  bytes: 0,
  bytesPerSecond: 100,
  merged: 0,
  unseen: 0,
  paintP50: 1,
  paintP99: 2,
}

function newHeard() {
  return new Heard({ send: () => {}, say: () => {} })
}

/** A desk that hears what the test says. */
function deskOf() {
  let say: (message: FromEngine) => void = () => {}
  const desk = new Desk({ settings: DEFAULT_SETTINGS, workspaces: FIRST, shell: 'desktop' }, (hear) => {
    say = hear
    return { place: 'main', send: () => {}, close: () => {} }
  })
  return { desk, say }
}

const ETH = { ...ROW, id: 'one:ETH-USD', base: 'ETH' }
const standing = (heard: Heard) => heard.instruments.value.map(({ id, state }) => `${id} ${state}`)

test('an instrument that is not listed any more stays, behind the others, until it is listed again', () => {
  const heard = newHeard()
  heard.hear({ kind: 'instruments', instruments: [ROW, ETH] })
  heard.hear({ kind: 'instruments', instruments: [ETH] })
  expect(standing(heard)).toEqual(['one:ETH-USD live', 'one:BTC-USD unlisted'])
  const [, gone] = heard.instruments.value
  heard.hear({ kind: 'instruments', instruments: [ETH] })
  expect(heard.instruments.value[1]).toBe(gone)
  heard.hear({ kind: 'instruments', instruments: [ROW, ETH] })
  expect(standing(heard)).toEqual(['one:BTC-USD live', 'one:ETH-USD live'])
})

test('a report that was under way when its panel was closed leaves nothing of it, one of the panel opened anew is heard', () => {
  const { desk, say } = deskOf()
  say({ kind: 'panels', reports: [REPORT] })
  desk.closeSurface('ladder-1')
  say({ kind: 'panels', reports: [{ ...REPORT, seq: 13 }] })
  expect([...desk.reports.value.keys()]).toEqual([])
  const surface = { canvas: undefined as never, width: 1, height: 1, dpr: 1 }
  const asked = { panel: 'ladder-1', panelKind: 'ladder', symbol: ROW.id, options: { rateMs: 100 }, surface } as const
  desk.send({ kind: 'panel-open', ...asked })
  say({ kind: 'panels', reports: [{ ...REPORT, seq: 14 }] })
  expect([...desk.reports.value.keys()]).toEqual(['ladder-1'])
  const options = { rateMs: 100, visible: true, certificate: false }
  const chart = { panel: 'chart-1', symbol: ROW.id, interval: '1m', options }
  desk.followBars(chart, () => {})()
  say({ kind: 'panels', reports: [{ ...REPORT, panel: 'chart-1' }] })
  expect([...desk.reports.value.keys()]).toEqual(['ladder-1'])
})

test('a gateway that has no instruments yet ends the listing of none', () => {
  const heard = newHeard()
  heard.hear({ kind: 'instruments', instruments: [ROW] })
  heard.hear({ kind: 'instruments', instruments: [] })
  expect(standing(heard)).toEqual(['one:BTC-USD live'])
})

test('what someone else may not see is gone with the token it was seen with', () => {
  const { desk, say } = deskOf()
  say({ kind: 'instruments', instruments: [ROW, ETH] })
  desk.send({ kind: 'token', token: 'another' })
  say({ kind: 'instruments', instruments: [ETH] })
  expect(desk.instruments.value.map(({ id }) => id)).toEqual(['one:ETH-USD'])
})

test('of what is not listed any more no quote knows better', () => {
  const { desk, say } = deskOf()
  say({ kind: 'instruments', instruments: [ROW, ETH] })
  const quote = QUOTE_FIELDS.map((field) => (field === 'stateIndex' ? INSTRUMENT_STATES.indexOf('refused') : 1))
  say({ kind: 'quotes', symbols: [ROW.id], quotes: Float64Array.from(quote) })
  expect(desk.stateOf(ROW)).toBe('refused')
  say({ kind: 'instruments', instruments: [ETH] })
  expect(desk.stateOf(desk.instrumentOf(ROW.id))).toBe('unlisted')
})

test('instruments told again after a reconnect are the rows that were there: nothing that shows them begins anew', () => {
  const heard = newHeard()
  heard.hear({ kind: 'instruments', instruments: [ROW] })
  const [row] = heard.instruments.value
  heard.hear({ kind: 'instruments', instruments: [{ ...ROW }, { ...ROW, id: 'one:ETH-USD', base: 'ETH' }] })
  expect(heard.instruments.value).toHaveLength(2)
  expect(heard.instruments.value[0]).toBe(row)
  heard.hear({ kind: 'instruments', instruments: [{ ...ROW, tickSize: '0.1' }] })
  expect(heard.instruments.value[0]).toEqual({ ...ROW, tickSize: '0.1' })
})

test('reports that say nothing new are the same reports, so nothing is drawn for them', () => {
  const heard = newHeard()
  heard.hear({ kind: 'panels', reports: [REPORT, { ...REPORT, panel: 'tape-1' }] })
  const before = heard.reports.value
  heard.hear({ kind: 'panels', reports: [structuredClone(REPORT), { ...REPORT, panel: 'tape-1' }] })
  expect(heard.reports.value).toBe(before)
  heard.hear({
    kind: 'panels',
    reports: [
      { ...REPORT, seq: 13 },
      { ...REPORT, panel: 'tape-1' },
    ],
  })
  expect(heard.reports.value.get('ladder-1')?.seq).toBe(13)
  expect(heard.reports.value.get('tape-1')).toBe(before.get('tape-1'))
})

test('when the engine dies no panel and no quote is live any more', () => {
  const heard = newHeard()
  const figures = Float64Array.of(99, 101, 100, 90, 110, 80, 1234, 5000, INSTRUMENT_STATES.indexOf('live'))
  heard.hear({ kind: 'quotes', symbols: [ROW.id], quotes: figures })
  heard.hear({ kind: 'panels', reports: [REPORT] })
  heard.failed('out of memory')
  expect(heard.connection.value?.state).toBe('closed')
  expect(heard.reports.value.get('ladder-1')?.state).toMatchObject({ kind: 'stale' })
  expect(heard.quotes.value.get(ROW.id)).toMatchObject({ last: 100, state: 'stale' })
})

test('a connection that stands as it stood is the same connection', () => {
  const heard = newHeard()
  const open = { kind: 'connection', state: 'open', bytesPerSecond: 12, latencyMs: Number.NaN, breaks: 0 } as const
  heard.hear(open)
  const before = heard.connection.value
  heard.hear({ ...open })
  expect(heard.connection.value).toBe(before)
  heard.hear({ ...open, overdueMs: 2100 })
  expect(heard.connection.value).toMatchObject({ overdueMs: 2100 })
})
