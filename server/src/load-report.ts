import type { Micros } from '@depthcast/market'
import type { Clock } from './clock.ts'
import type { Delay } from './loop-delay.ts'
import type { Metrics } from './metrics.ts'

/**
 * How the gateway itself is doing. Totals count from its start: whoever looks twice has the rates, over any time they like. Nobody's name,
 * address or key is in it.
 */
export type LoadReport = {
  /** When this was looked at, µs since 1970. */
  readonly at: Micros
  /** When the gateway started, µs since 1970: another one is another process, whose totals began at 0. */
  readonly startedAt: Micros
  readonly version: string
  readonly clients: {
    readonly total: number
    /** By door; one that nobody uses may be missing. */
    readonly doors: Readonly<Record<string, number>>
    readonly subscriptions: number
    /** Owed something that they cannot take at present. */
    readonly held: number
    /** At lower rates than they asked for, as they were too slow. */
    readonly slowed: number
    /** How long the oldest mark of any of them waits, ms. */
    readonly lagMs: number
    /** Held in this process for them. */
    readonly bufferedBytes: number
    /** On their way to them, sent and not yet confirmed. */
    readonly unconfirmedBytes: number
  }
  readonly views: {
    readonly total: number
    /** Published at a lower rate than was granted, because of the load. */
    readonly degraded: number
    /** Least time between two updates of any view because of the load, ms; 0 while there is no need. */
    readonly floorMs: number
  }
  readonly totals: Readonly<Record<keyof typeof TOTALS, number>>
  /** How late the event loop ran since the report before, ms; `overMs` is how long that is ago. */
  readonly loop: { readonly overMs: number; readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }
  /** Processor time of the process, ms. */
  readonly cpuMs: number
  /** Bytes. */
  readonly memory: { readonly rss: number; readonly heap: number; readonly external: number }
}

type LoadSources = {
  readonly clock: Clock
  readonly metrics: Metrics
  readonly version: string
  /** How late the event loop ran since the last call. */
  readonly loop: () => Delay
}

/** A report is the same for all who ask within this time: a thousand dashboards cost as much as one, and see the same event loop. */
const SHARED_US = 1_000_000

/** Looks at the gateway when somebody asks. Nothing of its own runs between two looks. */
export class LoadWatch {
  readonly #sources: LoadSources
  readonly #startedAt: Micros
  #lookedAt: Micros
  #report: LoadReport | undefined

  constructor(sources: LoadSources) {
    this.#sources = sources
    this.#startedAt = sources.clock.now()
    this.#lookedAt = this.#startedAt
  }

  report(): LoadReport {
    const now = this.#sources.clock.now()
    // A clock that was set back makes the report before one of the future.
    const isFresh = now >= this.#lookedAt && now - this.#lookedAt < SHARED_US
    if (this.#report === undefined || !isFresh) {
      this.#report = this.#look(now)
      this.#lookedAt = now
    }
    return this.#report
  }

  #look(at: Micros): LoadReport {
    const { metrics, version } = this.#sources
    const { held, slowed, lagMs, bufferedBytes, unconfirmedBytes } = metrics.backlog()
    const { user, system } = process.cpuUsage()
    const { rss, heapUsed: heap, external } = process.memoryUsage()
    return {
      at,
      startedAt: this.#startedAt,
      version,
      clients: {
        total: metrics.value('depthcast_sessions'),
        doors: Object.fromEntries(metrics.labelled('depthcast_sessions')),
        subscriptions: metrics.value('depthcast_subscriptions'),
        held,
        slowed,
        lagMs,
        bufferedBytes,
        unconfirmedBytes,
      },
      views: {
        total: metrics.value('depthcast_views'),
        degraded: metrics.value('depthcast_views_degraded'),
        floorMs: Math.round(metrics.value('depthcast_rate_floor_seconds') * 1000),
      },
      totals: totalsOf(metrics),
      loop: this.#loop(at),
      cpuMs: Math.round((user + system) / 1000),
      memory: { rss, heap, external },
    }
  }

  #loop(at: Micros): LoadReport['loop'] {
    const { p50Ms, p99Ms, maxMs } = this.#sources.loop()
    const overMs = Math.max(0, Math.round((at - this.#lookedAt) / 1000))
    return { overMs, p50Ms: round(p50Ms), p99Ms: round(p99Ms), maxMs: round(maxMs) }
  }
}

/** What is counted, by the metric that counts it. */
const TOTALS = {
  events: 'depthcast_feed_events_total',
  encodes: 'depthcast_view_encodes_total',
  frames: 'depthcast_frames_total',
  writes: 'depthcast_writes_total',
  bytes: 'depthcast_bytes_total',
  merged: 'depthcast_merged_total',
  slowMarks: 'depthcast_slow_marks_total',
  lost: 'depthcast_lost_total',
  faults: 'depthcast_hub_errors_total',
} as const

function totalsOf(metrics: Metrics): LoadReport['totals'] {
  const entries = Object.entries(TOTALS).map(([name, metric]) => [name, metrics.value(metric)])
  return Object.fromEntries(entries) as LoadReport['totals']
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
