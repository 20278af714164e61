import { type Cell, cell } from './cell.ts'
import { type Sample, withReport } from './ops-series.ts'
import { type FeedsReport, readFeedsReport, readServerReport, type ServerReport } from './ops-wire.ts'
import { bearer, currentToken } from './token.ts'

/** What is asked of the gateway for the panels about itself. */
export type Topic = 'feeds' | 'server'

/** The newest report, kept while there is trouble with the next one. Times are ms since 1970 by the page's clock. */
export type Polled<Report> = {
  readonly report?: Report
  /** When it came. */
  readonly takenAt?: number
  /** The last answer there was, whatever it said. */
  readonly answer?: Answered
  readonly trouble?: Trouble
}

/** What asking cost: the answer's body, how long it took, and all of them since the page was opened. */
type Answered = {
  readonly status: number
  readonly bytes: number
  readonly tookMs: number
  readonly allBytes: number
  /** From the answer before to this one; undefined for the first. */
  readonly afterMs: number | undefined
}

export type Trouble =
  /** By the gateway, in its words. */
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly since: number; readonly reason: string; readonly retryAt: number }

/** What the poll needs from the page. Tests bring their own. */
export type OpsHost = {
  fetch(path: string, options: RequestInit): Promise<Response>
  now(): number
  every(ms: number, run: () => void): () => void
  /** Who the user says to be where a topic is asked for. */
  token(topic: Topic): string | undefined
}

const EVERY_MS = 1000
/** An answer that takes longer is none. */
const ANSWER_WITHIN_MS = 5000
/** Pauses double from one look to the next up to this. */
const MOST_PAUSE_MS = 30_000

/**
 * Asks the gateway how it is, once a second, for all panels that are seen; nothing is asked while none is. Panels behind a tab, and all of them on
 * a page in the background, are not seen.
 */
export class Ops {
  readonly feeds: Cell<Polled<FeedsReport>> = cell({})
  readonly server: Cell<Polled<ServerReport>> = cell({})
  /** The last minutes of the server's reports, as far as somebody looked. */
  readonly samples: Cell<readonly Sample[]> = cell([])
  readonly #host: OpsHost
  readonly #polls: Readonly<Record<Topic, Poll>>
  #stop: (() => void) | undefined

  constructor(host: OpsHost = pageHost) {
    this.#host = host
    this.#polls = {
      feeds: new Poll(host, { topic: 'feeds', take: into(this.feeds, readFeedsReport) }),
      server: new Poll(host, {
        topic: 'server',
        take: into(this.server, readServerReport, (report) =>
          this.samples.change((samples) => withReport(samples, report)),
        ),
      }),
    }
  }

  /** Asks for this from now until the returned function is called. */
  follow(topic: Topic): () => void {
    const poll = this.#polls[topic]
    poll.followers++
    this.#stop ??= this.#host.every(EVERY_MS, () => this.#tick())
    poll.look()
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      poll.followers--
      if (Object.values(this.#polls).some(({ followers }) => followers > 0)) return
      this.#stop?.()
      this.#stop = undefined
    }
  }

  /** Asks again at once, however long the pause was to be. */
  retry(topic: Topic): void {
    this.#polls[topic].hurry()
  }

  #tick(): void {
    for (const poll of Object.values(this.#polls)) poll.look()
  }
}

type Took = { readonly answer?: Answered }
type Take = (told: ({ readonly said: unknown } | { readonly trouble: Trouble }) & Took, now: number) => boolean

/** One topic: when it is due, and what came of it. */
class Poll {
  followers = 0
  readonly #host: OpsHost
  readonly #topic: Topic
  readonly #take: Take
  #isAsking = false
  #failures = 0
  #failingSince = 0
  #dueAt = Number.NEGATIVE_INFINITY
  #answered: Answered | undefined
  #answeredAt: number | undefined
  /** Who the user said to be when last asked: as someone else there is no pause to keep. */
  #askedAs: string | undefined

  constructor(host: OpsHost, { topic, take }: { readonly topic: Topic; readonly take: Take }) {
    this.#host = host
    this.#topic = topic
    this.#take = take
  }

  look(): void {
    if (this.followers === 0 || this.#isAsking) return
    const isOther = this.#host.token(this.#topic) !== this.#askedAs
    const now = this.#host.now()
    // A clock that was set back makes no pause longer than the longest.
    if (isOther || now >= this.#dueAt || now < this.#dueAt - MOST_PAUSE_MS) void this.#ask()
  }

  hurry(): void {
    this.#dueAt = Number.NEGATIVE_INFINITY
    this.look()
  }

  async #ask(): Promise<void> {
    const { now, token } = this.#host
    this.#isAsking = true
    this.#askedAs = token(this.#topic)
    const trouble = await this.#answer(this.#askedAs)
    this.#isAsking = false
    if (trouble === undefined) {
      this.#failures = 0
      // A little early rather than a tick late.
      this.#dueAt = now() + EVERY_MS / 2
      return
    }
    if (this.#failures++ === 0) this.#failingSince = now()
    const pauseMs = 'code' in trouble ? MOST_PAUSE_MS : Math.min(MOST_PAUSE_MS, EVERY_MS * 2 ** this.#failures)
    this.#dueAt = now() + pauseMs
    this.#take(
      {
        ...this.#took,
        trouble:
          'code' in trouble
            ? { kind: 'refused', ...trouble }
            : { kind: 'unreachable', ...trouble, since: this.#failingSince, retryAt: this.#dueAt },
      },
      now(),
    )
  }

  /** Undefined when all went well. */
  async #answer(token: string | undefined): Promise<{ code: number; reason: string } | { reason: string } | undefined> {
    const askedAt = this.#host.now()
    try {
      const reply = await this.#host.fetch(`/v1/${this.#topic}`, {
        ...bearer(token),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      })
      const body = await reply.arrayBuffer()
      this.#note(reply.status, body.byteLength, askedAt)
      const said = readJson(body)
      if (REFUSALS.has(reply.status))
        return { code: reply.status, reason: messageOf(said) ?? 'the gateway says no more' }
      if (!reply.ok) return { reason: messageOf(said) ?? `the gateway answers ${reply.status}` }
      return this.#take({ ...this.#took, said }, this.#host.now())
        ? undefined
        : { reason: 'the answer is no report that this page knows' }
    } catch {
      return { reason: 'the gateway does not answer' }
    }
  }

  #note(status: number, bytes: number, askedAt: number): void {
    const now = this.#host.now()
    this.#answered = {
      status,
      bytes,
      tookMs: now - askedAt,
      allBytes: bytes + (this.#answered?.allBytes ?? 0),
      afterMs: this.#answeredAt === undefined ? undefined : now - this.#answeredAt,
    }
    this.#answeredAt = now
  }

  get #took(): Took {
    return this.#answered === undefined ? {} : { answer: this.#answered }
  }
}

function readJson(body: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}

/** Puts an answer into a cell. Returns false for a report that cannot be read. */
function into<Report>(
  target: Cell<Polled<Report>>,
  read: (said: unknown) => Report | undefined,
  taken: (report: Report) => void = () => {},
): Take {
  return (told, now) => {
    const took = told.answer === undefined ? {} : { answer: told.answer }
    if ('trouble' in told) {
      target.change((polled) => ({ ...polled, ...took, trouble: told.trouble }))
      return true
    }
    const report = read(told.said)
    if (report === undefined) return false
    target.set({ report, takenAt: now, ...took })
    taken(report)
    return true
  }
}

/** 404 is an older gateway's: asking again soon does not change that either. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 404])

function messageOf(said: unknown): string | undefined {
  const message = (said as { readonly message?: unknown } | undefined)?.message
  return typeof message === 'string' ? message : undefined
}

/** The operators' token, where the user has it: for the gateway's own figures alone, which a client's token does not open. */
const OPERATOR_KEY = 'depthcast.operator-token'

export function keepOperatorToken(token: string | undefined): void {
  operatorToken = token
  try {
    if (token === undefined) sessionStorage.removeItem(OPERATOR_KEY)
    else sessionStorage.setItem(OPERATOR_KEY, token)
  } catch {
    // Blocked storage throws; the token lives as long as the page then.
  }
}

export function hasOperatorToken(): boolean {
  return operatorToken !== undefined
}

let operatorToken: string | undefined = (() => {
  try {
    return globalThis.sessionStorage?.getItem(OPERATOR_KEY) ?? undefined
  } catch {
    return undefined
  }
})()

const pageHost: OpsHost = {
  fetch: (path, options) => fetch(path, options),
  now: () => Date.now(),
  every: (ms, run) => {
    const timer = setInterval(run, ms)
    return () => clearInterval(timer)
  },
  token: (topic) => (topic === 'server' ? operatorToken : currentToken()),
}

/** The page's one poll. */
export const ops = new Ops()
