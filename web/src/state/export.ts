import type { PanelId } from '../engine/messages.ts'
import { panelName } from '../panels/registry.ts'
import { instrumentOfPanel } from './actions.ts'
import { toCsv } from './csv.ts'
import { describeState } from './describe.ts'
import type { Desk } from './desk.ts'
import { formatCount, formatDate, formatTimeMs, zoneLabel } from './format.ts'
import type { Offer, Text } from './panel.ts'
import { stamped } from './picture.ts'
import { withText } from './png-text.ts'

export type Exporting = { readonly what: 'picture' | 'table'; readonly to: 'file' | 'clipboard' }

/** Takes a panel's picture or table elsewhere, and says that it did, or why not. */
export async function exportPanel(desk: Desk, panel: PanelId, { what, to }: Exporting): Promise<void> {
  const name = panelName(desk.workspace, panel, 'title')
  try {
    const done = what === 'picture' ? await exportPicture(desk, panel, to) : await exportTable(desk, panel, to)
    desk.say(done)
  } catch (error) {
    desk.notice.set(`${name} was not exported: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function exportTable(desk: Desk, panel: PanelId, to: Exporting['to']): Promise<string> {
  const table = await offered(desk, panel, 'table')()
  const csv = toCsv(table)
  if (to === 'file')
    return download(new Blob([csv], { type: 'text/csv;charset=utf-8' }), fileName(desk, panel, table, 'csv'))
  await clipboard().writeText(csv)
  return `${table.rows.length} rows copied`
}

async function exportPicture(desk: Desk, panel: PanelId, to: Exporting['to']): Promise<string> {
  const take = offered(desk, panel, 'picture')
  const png = async (): Promise<Blob> => {
    const picture = await take()
    const facts = factsOf(desk, panel)
    const blob = await stamped(picture, Object.values(shownFacts(facts)))
    return new Blob([withText(new Uint8Array(await blob.arrayBuffer()), facts)], { type: 'image/png' })
  }
  if (to === 'file') {
    const { symbol = '', seq = '0' } = seqOf(desk, panel)
    return download(await png(), fileName(desk, panel, { symbol, seq: Number(seq) }, 'png'))
  }
  // Promised, not given: a browser lets a page write only as long as the key or the click is fresh.
  await clipboard().write([new ClipboardItem({ 'image/png': png() })])
  return 'Picture copied'
}

/** What can be taken from the panel; throws where that is nothing. */
function offered<What extends keyof Offer>(desk: Desk, panel: PanelId, what: What): NonNullable<Offer[What]> {
  for (const offer of desk.offers.get(panel) ?? []) {
    const take = offer[what]
    if (take !== undefined) return take
  }
  throw new Error(`it has no ${what} to take.`)
}

/** Secure pages only: elsewhere browsers have no clipboard for pages to write to. */
function clipboard(): Clipboard {
  if (navigator.clipboard === undefined)
    throw new Error('this browser lets only secure pages copy. Download it instead.')
  return navigator.clipboard
}

function download(blob: Blob, name: string): string {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser begins to read it after this task.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
  return `${name} downloaded`
}

type Facts = Readonly<Record<string, string>>

/** The keywords the specification of PNG knows, and ours. */
function factsOf(desk: Desk, panel: PanelId): Facts {
  const now = Date.now()
  const instrument = instrumentOfPanel(desk, panel)
  const report = desk.reports.value.get(panel)
  const title = panelName(desk.workspace, panel, 'title')
  const state = report === undefined ? '' : describeState(report.state).text
  return {
    Title: instrument === undefined ? title : `${title} of ${instrument.base}-${instrument.quote}`,
    Software: 'Depthcast',
    'Creation Time': new Date(now).toISOString(),
    'depthcast:time': `${formatDate(now).slice(0, 10)} ${formatTimeMs(now)} ${zoneLabel(now)}`,
    ...(instrument !== undefined && { 'depthcast:symbol': instrument.id, 'depthcast:venue': instrument.venue }),
    ...(report !== undefined && report.seq > 0 && { 'depthcast:seq': String(report.seq) }),
    ...(state !== '' && { 'depthcast:state': state }),
  }
}

/** What a person reads of them below the picture. */
function shownFacts(facts: Facts): Facts {
  const {
    Title = '',
    'depthcast:time': time = '',
    'depthcast:venue': venue,
    'depthcast:seq': seq,
    'depthcast:state': state,
  } = facts
  return {
    Title,
    ...(venue !== undefined && { venue }),
    time,
    ...(seq !== undefined && { seq: `seq ${formatCount(Number(seq))}` }),
    ...(state !== undefined && { state }),
    Software: 'Depthcast',
  }
}

function seqOf(desk: Desk, panel: PanelId): { readonly symbol?: string; readonly seq?: string } {
  const { 'depthcast:symbol': symbol, 'depthcast:seq': seq } = factsOf(desk, panel)
  return { ...(symbol !== undefined && { symbol }), ...(seq !== undefined && { seq }) }
}

/** `simulated-BTC-USD_book_seq-1204881_2026-11-21T12-04-07Z.csv` */
function fileName(desk: Desk, panel: PanelId, { symbol, seq }: Pick<Text, 'symbol' | 'seq'>, ending: string): string {
  const kind = panelName(desk.workspace, panel, 'title').toLowerCase()
  const time = `${new Date().toISOString().slice(0, 19)}Z`
  const parts = [symbol, kind, seq > 0 ? `seq-${seq}` : '', time].filter((part) => part !== '')
  return `${parts.map((part) => part.replaceAll(/[^\w.-]+/g, '-')).join('_')}.${ending}`
}
