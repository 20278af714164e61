import type { Micros } from '@depthcast/market'
import type { CaptureRecord } from './capture.ts'
import { retryAfter } from './http.ts'
import { answerKey } from './survey.ts'
import type { HttpReply, HttpRequest } from './venue.ts'

type Asked<Asker> = { readonly asker: Asker; readonly request: HttpRequest; readonly notBefore: Micros }
type HttpRecord = Extract<CaptureRecord, { kind: 'http' }>
/** An answer, which may be given from `at` on. */
export type Answer<Asker> = { readonly asker: Asker; readonly at: Micros; readonly reply: HttpReply }

/**
 * Brings requests made in a replay and recorded replies together: the same path and symbol, asked beside the same socket where the recording says
 * beside which, never before the reply was really there. Each reply answers one request.
 */
export class ReplayReplies<Asker extends { readonly name: string }> {
  readonly #asked: Asked<Asker>[] = []
  readonly #replies: { readonly key: string; readonly record: HttpRecord }[] = []

  ask(asked: Asked<Asker>): readonly Answer<Asker>[] {
    this.#asked.push(asked)
    return this.#match()
  }

  came(record: HttpRecord): readonly Answer<Asker>[] {
    this.#replies.push({ key: answerKey(record.url), record })
    return this.#match()
  }

  /** What was asked on a lost socket is asked again on the next one; answered twice, a recorded reply would be wasted on the first. */
  forget(asker: Asker): void {
    const kept = this.#asked.filter((asked) => asked.asker !== asker)
    this.#asked.splice(0, this.#asked.length, ...kept)
  }

  #match(): readonly Answer<Asker>[] {
    const answers: Answer<Asker>[] = []
    for (let index = 0; index < this.#asked.length; index++) {
      const { asker, request, notBefore } = this.#asked[index]!
      const wanted = answerKey(request.url)
      const found = this.#replies.findIndex(
        ({ key, record: { connection } }) => key === wanted && (connection === undefined || connection === asker.name),
      )
      if (found === -1) continue
      const { at, status, body, headers } = this.#replies.splice(found, 1)[0]!.record
      this.#asked.splice(index--, 1)
      const retryAfterMs = retryAfter(headers?.['retry-after'] ?? null, at / 1000)
      const limit = retryAfterMs === undefined ? {} : { retryAfterMs }
      answers.push({ asker, at: notBefore, reply: { id: request.id, url: request.url, status, body, ...limit } })
    }
    return answers
  }
}
