import type { FeedsReport, InstrumentHealth, ServerReport } from '../../src/state/ops-wire.ts'

/** Noon of 2026-01-01 UTC, µs. */
export const NOON_US = Date.UTC(2026, 0, 1, 12) * 1000

export function health(id: string, more: Partial<InstrumentHealth> = {}): InstrumentHealth {
  return {
    id,
    venue: id.split(':')[0] ?? '',
    state: 'live',
    since: NOON_US - 60_000_000,
    isValid: true,
    verified: 'checksum',
    verifiedAt: NOON_US - 400_000,
    epoch: 7,
    seq: 1_204_881,
    heardAt: NOON_US - 200_000,
    resyncs: 0,
    ...more,
  }
}

export function feedsReport(instruments: readonly InstrumentHealth[] = [health('kraken:BTC-USD')]): FeedsReport {
  return {
    at: NOON_US,
    feeds: [
      {
        name: 'kraken/1',
        state: 'open',
        lastFrameAt: NOON_US - 100_000,
        frames: 120_000,
        errors: 1,
        reconnects: 2,
        connectsLeft: 149,
        bufferedUpdates: 0,
        checks: { checksum: { passed: 1_204, failed: 2 }, sequence: { passed: 6, failed: 0 } },
      },
      {
        name: 'binance/1',
        state: 'waiting',
        reason: 'the venue closed the socket: 1008',
        frames: 0,
        errors: 4,
        reconnects: 4,
        checks: {},
      },
    ],
    instruments,
  }
}

export function serverReport(more: Partial<ServerReport> = {}): ServerReport {
  return {
    at: NOON_US,
    startedAt: NOON_US - 3_600_000_000,
    version: '0.1.0',
    clients: {
      total: 3,
      doors: { 'socketio-msgpack': 2, 'websocket-json': 1 },
      subscriptions: 12,
      held: 0,
      slowed: 0,
      lagMs: 0,
      bufferedBytes: 0,
      unconfirmedBytes: 1_500,
    },
    views: { total: 9, degraded: 0, floorMs: 0 },
    totals: {
      events: 1000,
      encodes: 500,
      frames: 800,
      writes: 400,
      bytes: 90_000,
      merged: 50,
      slowMarks: 0,
      lost: 0,
      faults: 0,
    },
    loop: { overMs: 1000, p50Ms: 0.1, p99Ms: 1.2, maxMs: 3.4 },
    cpuMs: 60_000,
    memory: { rss: 84_200_000, heap: 31_000_000, external: 5_000_000 },
    ...more,
  }
}
