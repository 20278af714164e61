import { count, size } from '../progress.ts'
import type { Crowd } from './crowd.ts'
import { type KindReport, kindReports, kindTable, LEGEND } from './kinds.ts'
import { healthyLatency, latencyWords, verdict } from './report.ts'

export type LiveOptions = {
  readonly url: string
  readonly asked: number
  /** s */
  readonly duration: number
  /** What the channels are called. */
  readonly mix: readonly string[]
}

type Moment = { readonly at: number; readonly kinds: readonly KindReport[]; readonly bytes: number }

/** How a run is going, since it was last asked: a table where it can be drawn over, a line where it cannot. */
export class LiveView {
  readonly #crowd: Crowd
  readonly #options: LiveOptions
  readonly #from = performance.now()
  #before: Moment

  constructor(crowd: Crowd, options: LiveOptions) {
    this.#crowd = crowd
    this.#options = options
    this.#before = this.#moment()
  }

  /** `cpu` is the share of a core that this process takes. */
  table(cpu: number): string {
    const { now, seconds, before } = this.#turn()
    return [
      `${this.#options.url}, ${this.#clock()}, ${this.#connected()}: ${this.#verdict()}`,
      '',
      ...kindTable(now.kinds, seconds, before.kinds),
      '',
      `exchange to client ${latencyWords(healthyLatency(this.#crowd).exchange)}`,
      `own CPU ${percent(cpu)} of a core · ${size(rate(now.bytes - before.bytes, seconds))}/s from the sockets`,
      'msg/s, bytes/s, own CPU: of the last second; all else since every client was connected',
      ...LEGEND,
    ].join('\n')
  }

  /** What matters most first. */
  line(cpu: number): string {
    const { now, seconds, before } = this.#turn()
    const sum = (kinds: readonly KindReport[], of: (one: KindReport) => number) =>
      kinds.reduce((total, one) => total + of(one), 0)
    const messages = sum(now.kinds, (one) => one.messages) - sum(before.kinds, (one) => one.messages)
    return [
      `${this.#clock()}: ${this.#verdict()}`,
      this.#connected(),
      `${count(sum(now.kinds, ({ gaps }) => gaps))} gaps`,
      `${count(rate(messages, seconds))} msg/s`,
      `${size(rate(now.bytes - before.bytes, seconds))}/s`,
      `gateway to client ${latencyWords(healthyLatency(this.#crowd).gateway)}`,
      `own CPU ${percent(cpu)}`,
    ].join(' · ')
  }

  #turn(): { readonly now: Moment; readonly before: Moment; readonly seconds: number } {
    const before = this.#before
    const now = this.#moment()
    this.#before = now
    return { now, before, seconds: Math.max(0.001, (now.at - before.at) / 1000) }
  }

  #moment(): Moment {
    const { tally } = this.#crowd
    const bytes = tally.kinds.reduce((sum, kind) => sum + kind.bytes, 0)
    return { at: performance.now(), kinds: kindReports(this.#crowd, this.#options.mix), bytes }
  }

  #clock(): string {
    return `${Math.round((performance.now() - this.#from) / 1000)} of ${this.#options.duration} s`
  }

  #connected(): string {
    return `${count(this.#crowd.connected)} of ${count(this.#options.asked)} clients`
  }

  #verdict(): string {
    const { wrongs, complaint } = this.#crowd.tally
    return verdict(wrongs === 0, `${count(wrongs)} times, first: ${complaint}`)
  }
}

function rate(amount: number, seconds: number): number {
  return Math.round(amount / seconds)
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
