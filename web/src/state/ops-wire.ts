import type { InstrumentState, Verification } from '@depthcast/market'

// What the gateway says of itself (docs/operations.md, "Sources and load, as JSON"). Times are µs since 1970 by its clock.

/** One connection to a venue, or one recording. */
export type SourceHealth = {
  readonly name: string
  readonly state: 'starting' | 'connecting' | 'open' | 'waiting' | 'ended' | 'failed'
  readonly reason?: string
  readonly lastFrameAt?: number
  readonly frames: number
  readonly errors: number
  readonly reconnects: number
  readonly rolls?: number
  readonly latency?: number
  readonly bufferedUpdates?: number
  readonly connectsLeft?: number
  readonly checks: { readonly [check: string]: { readonly passed: number; readonly failed: number } }
}

export type InstrumentHealth = {
  readonly id: string
  readonly venue: string
  readonly state: InstrumentState
  readonly since: number
  readonly reason?: string
  readonly isValid: boolean
  readonly verified: Verification
  readonly verifiedAt?: number
  readonly epoch: number
  readonly seq: number
  readonly heardAt?: number
  readonly resyncs: number
  /** From its receipt to its send, of the newest event of each message of late; absent from an older gateway. */
  readonly waits?: readonly {
    readonly rateMs: number | 'raw'
    readonly p50Ms: number
    readonly p99Ms: number
    readonly overMs: number
  }[]
}

export type FeedsReport = {
  readonly at: number
  readonly feeds: readonly SourceHealth[]
  readonly instruments: readonly InstrumentHealth[]
}

export type ServerReport = {
  readonly at: number
  readonly startedAt: number
  readonly version: string
  readonly clients: {
    readonly total: number
    readonly doors: { readonly [door: string]: number }
    readonly subscriptions: number
    readonly held: number
    readonly slowed: number
    readonly lagMs: number
    readonly bufferedBytes: number
    readonly unconfirmedBytes: number
  }
  readonly views: { readonly total: number; readonly degraded: number; readonly floorMs: number }
  readonly totals: { readonly [total in Total]: number }
  readonly loop: { readonly overMs: number; readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }
  readonly cpuMs: number
  readonly memory: { readonly rss: number; readonly heap: number; readonly external: number }
}

export type Total = 'events' | 'encodes' | 'frames' | 'writes' | 'bytes' | 'merged' | 'slowMarks' | 'lost' | 'faults'

/** Undefined for what is no such report: another program answers at this address, or a gateway of another time. */
export function readFeedsReport(said: unknown): FeedsReport | undefined {
  const report = said as Partial<FeedsReport> | null
  const isOne = typeof report?.at === 'number' && isList(report.feeds, 'name') && isList(report.instruments, 'id')
  return isOne ? (report as FeedsReport) : undefined
}

export function readServerReport(said: unknown): ServerReport | undefined {
  const report = said as Partial<ServerReport> | null
  const parts = [report?.clients, report?.views, report?.totals, report?.loop, report?.memory]
  const isOne = typeof report?.at === 'number' && typeof report.startedAt === 'number' && parts.every(isRecord)
  return isOne ? (report as ServerReport) : undefined
}

function isList(value: unknown, key: string): boolean {
  return Array.isArray(value) && value.every((row) => isRecord(row) && typeof row[key] === 'string')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
