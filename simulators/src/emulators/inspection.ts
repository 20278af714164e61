import type { HttpAnswer, HttpQuestion } from './emulator.ts'
import type { Host } from './host.ts'

const ORACLE = '/oracle/'
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

/**
 * What no venue has: `GET /oracle/BTC-USD?seq=` the true book after that event, or after the last one; `?at=` after everything up to that wall time,
 * µs since 1970, as venues stamp their frames. `GET /faults` what struck so far. Undefined for any other path.
 */
export function inspect(question: HttpQuestion, host: Host): HttpAnswer | undefined {
  if (question.path === '/faults') return json(200, JSON.stringify(host.faults.counts()))
  if (!question.path.startsWith(ORACLE)) return undefined
  const symbol = decodeURIComponent(question.path.slice(ORACLE.length)).toUpperCase()
  const range = host.oracle.range(symbol)
  if (range === undefined) {
    return wrong(`no symbol ${symbol}, allowed are ${host.symbols.join(', ')}`)
  }
  const at = question.query.get('at')
  const seq = at === null ? whole(question.query.get('seq')) : host.oracle.seqAt(symbol, Number(at) - host.openedAt)
  const body = Number.isNaN(seq) ? undefined : host.oracle.json(symbol, seq)
  return body === undefined
    ? wrong(`no book of ${symbol} there, allowed is seq=${range.first} to ${range.last}`, range)
    : { status: 200, headers: JSON_TYPE, body }
}

/** Undefined for no number at all: the last one. NaN for what is none. */
function whole(text: string | null): number | undefined {
  if (text === null) return undefined
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
}

function wrong(message: string, allowed: object = {}): HttpAnswer {
  return json(404, JSON.stringify({ message, ...allowed }))
}

function json(status: number, text: string): HttpAnswer {
  return { status, headers: JSON_TYPE, body: `${text}\n` }
}
