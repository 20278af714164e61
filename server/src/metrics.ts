import type { FeedHealth } from '@depthcast/feeds'
import type { Gap, MarketEvent } from '@depthcast/market'
import { Counter, Gauge, Registry } from 'prom-client'
import type { BookHealth } from './book-health.ts'
import type { Delay } from './loop-delay.ts'
import { METRICS, type MetricName } from './metric-table.ts'

/**
 * The numbers of one gateway, in a registry of its own. What is counted for each event or frame is a plain addition here, and becomes a
 * metric when it is read.
 */
export class Metrics {
  readonly #registry = new Registry()
  readonly #values = new Map<MetricName, Map<string, Value>>()
  // Counted with each write to each client: looked up once.
  readonly #frames = this.#slot('depthcast_frames_total', [])
  readonly #bytes = this.#slot('depthcast_bytes_total', [])
  readonly #writes = this.#slot('depthcast_writes_total', [])
  readonly #calls = this.#slot('depthcast_io_uring_calls_total', [])
  readonly #together = this.#slot('depthcast_io_uring_writes_total', [])
  readonly #levels = this.#slot('depthcast_feed_levels_total', [])
  #feeds: () => readonly FeedHealth[] = () => []
  #books: () => Iterable<BookHealth> = () => []
  #loop: () => Delay = () => ({ p50Ms: 0, p99Ms: 0, maxMs: 0 })
  #backlog: () => Backlog = () => ({ bufferedBytes: 0, unconfirmedBytes: 0, held: 0, slowed: 0, lagMs: 0 })

  constructor() {
    for (const [name, { type, labels, help }] of Object.entries(METRICS)) {
      const options = { name, help, labelNames: labels, registers: [this.#registry] }
      if (type === 'counter') new Counter(options)
      else new Gauge(options)
    }
  }

  /** Where the numbers of the sources are read. */
  watchFeeds(health: () => readonly FeedHealth[]): void {
    this.#feeds = health
  }

  /** Where the state of each instrument is read. */
  watchBooks(health: () => Iterable<BookHealth>): void {
    this.#books = health
  }

  /** Where what waits for clients is read. */
  watchClients(backlog: () => Backlog): void {
    this.#backlog = backlog
  }

  /** Where it is read how late the event loop ran since it was last read. */
  watchLoop(delay: () => Delay): void {
    this.#loop = delay
  }

  event(event: MarketEvent): void {
    this.add('depthcast_feed_events_total', 1, event.kind)
    if (event.kind === 'book-delta' || event.kind === 'book-snapshot')
      this.#levels.value += (event.bids.length + event.asks.length) / 2
  }
  gap({ stream, reason }: Gap): void {
    this.add('depthcast_feed_gaps_total', 1, stream, reason)
  }
  encoded(encoding: string, kind: string): void {
    this.add('depthcast_view_encodes_total', 1, encoding, kind)
  }
  written(frames: number, bytes: number): void {
    this.#frames.value += frames
    this.#bytes.value += bytes
    this.#writes.value++
  }

  /** One call handed so many writes to the kernel. */
  together(writes: number): void {
    this.#calls.value++
    this.#together.value += writes
  }

  /** Adds to a metric; `labels` in the order METRICS names them. */
  add(name: MetricName, by: number, ...labels: readonly string[]): void {
    const slot = this.#slot(name, labels)
    slot.value += by
  }

  set(name: MetricName, to: number, ...labels: readonly string[]): void {
    this.#slot(name, labels).value = to
  }

  /** The value now; 0 for what never happened. Sums over the labels that are not given. */
  value(name: MetricName, ...labels: readonly string[]): number {
    let sum = 0
    for (const slot of this.#values.get(name)?.values() ?? []) {
      if (labels.every((label, index) => slot.labels[index] === label)) sum += slot.value
    }
    return sum
  }

  /** The values now by the first label, for what has one. */
  labelled(name: MetricName): Map<string, number> {
    const values = new Map<string, number>()
    for (const { labels, value } of this.#values.get(name)?.values() ?? []) {
      const [label] = labels
      if (label !== undefined) values.set(label, (values.get(label) ?? 0) + value)
    }
    return values
  }

  /** What waits for clients now. */
  backlog(): Backlog {
    return this.#backlog()
  }

  /** The Prometheus text format, and its content type. */
  async expose(): Promise<{ readonly contentType: string; readonly text: string }> {
    this.#look()
    this.#registry.resetMetrics()
    for (const [name, { type, labels: names }] of Object.entries(METRICS)) {
      for (const { labels, value } of this.#values.get(name as MetricName)?.values() ?? []) {
        const named = Object.fromEntries(names.map((label, index) => [label, labels[index] ?? '']))
        const metric = this.#registry.getSingleMetric(name)
        if (type === 'counter') (metric as Counter).inc(named, value)
        else (metric as Gauge).set(named, value)
      }
    }
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() }
  }

  #slot(name: MetricName, labels: readonly string[]): Value {
    let slots = this.#values.get(name)
    if (slots === undefined) {
      slots = new Map()
      this.#values.set(name, slots)
    }
    const key = labels.length === 1 ? (labels[0] as string) : labels.join('\n')
    let slot = slots.get(key)
    if (slot === undefined) {
      slot = { labels, value: 0 }
      slots.set(key, slot)
    }
    return slot
  }

  #look(): void {
    for (const name of GONE_WHILE_UNKNOWN) this.#values.delete(name)
    for (const feed of this.#feeds()) this.#lookAtFeed(feed)
    for (const { venue, state, age } of this.#books()) {
      this.add('depthcast_instruments', 1, venue, state)
      if (age === undefined) continue
      const oldest = Math.max(age / 1e6, this.value('depthcast_book_age_seconds', venue))
      this.set('depthcast_book_age_seconds', oldest, venue)
    }
    const { p50Ms, p99Ms } = this.#loop()
    this.set('depthcast_event_loop_delay_seconds', p50Ms / 1000, '0.5')
    this.set('depthcast_event_loop_delay_seconds', p99Ms / 1000, '0.99')
    const { bufferedBytes, unconfirmedBytes, held, lagMs } = this.#backlog()
    this.set('depthcast_buffered_bytes', bufferedBytes)
    this.set('depthcast_unconfirmed_bytes', unconfirmedBytes)
    this.set('depthcast_sessions_held', held)
    this.set('depthcast_lag_seconds', lagMs / 1000)
    const { user, system } = process.cpuUsage()
    this.set('depthcast_cpu_seconds_total', user / 1e6, 'user')
    this.set('depthcast_cpu_seconds_total', system / 1e6, 'system')
    const { rss, heapUsed, external } = process.memoryUsage()
    this.set('depthcast_memory_bytes', rss, 'rss')
    this.set('depthcast_memory_bytes', heapUsed, 'heap')
    this.set('depthcast_memory_bytes', external, 'external')
  }

  #lookAtFeed({ name, frames, errors, reconnects, rolls = 0, checks, ...feed }: FeedHealth): void {
    const { clockOffset, latency, firstVerifiedAfter, bufferedUpdates, connectsLeft } = feed
    this.set('depthcast_feed_frames_total', frames, name)
    this.set('depthcast_feed_errors_total', errors, name)
    this.set('depthcast_feed_reconnects_total', reconnects, name)
    this.set('depthcast_feed_rolls_total', rolls, name)
    for (const [check, { passed, failed }] of Object.entries(checks)) {
      this.set('depthcast_feed_checks_total', passed, name, check, 'passed')
      this.set('depthcast_feed_checks_total', failed, name, check, 'failed')
    }
    if (clockOffset !== undefined) this.set('depthcast_feed_clock_offset_seconds', clockOffset / 1e6, name)
    if (latency !== undefined) this.set('depthcast_feed_latency_seconds', latency / 1e6, name)
    if (firstVerifiedAfter !== undefined)
      this.set('depthcast_feed_first_verified_seconds', firstVerifiedAfter / 1e6, name)
    if (bufferedUpdates !== undefined) this.set('depthcast_feed_buffered_updates', bufferedUpdates, name)
    if (connectsLeft !== undefined) this.set('depthcast_feed_connects_left', connectsLeft, name)
  }
}

/** Gauges that are read anew at each look, and are not there while nobody knows them. */
const GONE_WHILE_UNKNOWN = [
  'depthcast_feed_clock_offset_seconds',
  'depthcast_feed_latency_seconds',
  'depthcast_feed_first_verified_seconds',
  'depthcast_feed_buffered_updates',
  'depthcast_feed_connects_left',
  'depthcast_instruments',
  'depthcast_book_age_seconds',
] as const satisfies readonly MetricName[]

/** What waits, over all clients. */
export type Backlog = {
  readonly bufferedBytes: number
  readonly unconfirmedBytes: number
  /** Clients who are owed something and cannot take it. */
  readonly held: number
  /** Clients at lower rates than they asked for, as they were too slow. */
  readonly slowed: number
  /** How long the oldest mark of any of them waits. */
  readonly lagMs: number
}

type Value = { readonly labels: readonly string[]; value: number }
