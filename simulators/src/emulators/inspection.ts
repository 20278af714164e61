import type { HttpAnswer, HttpQuestion } from './emulator.ts'
import type { Host } from './host.ts'
import { oracleAnswer } from './oracle-endpoint.ts'

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

/** What no venue has: the truth at `/oracle`, and `GET /faults` what struck so far. Undefined for any other path. */
export function inspect(question: HttpQuestion, host: Host): HttpAnswer | undefined {
  if (question.path !== '/faults') return oracleAnswer(question, host)
  return { status: 200, headers: JSON_TYPE, body: `${JSON.stringify(host.faults.counts())}\n` }
}
