import { step } from '@depthcast/market'
import { mount, unmount, untrack } from 'svelte'
import AlertBanner from '../panels/AlertBanner.svelte'
import {
  type AlertRule,
  away,
  type Firing,
  type Limit,
  limitOf,
  type Memory,
  type Observation,
  type Outcome,
  observe,
  unitsOf,
} from './alerts.ts'
import { notify } from './alerts-notify.ts'
import { type LogEntry, MOST_LOGGED, readAlerts, type StoredAlerts, writeAlerts } from './alerts-stored.ts'
import { firingWords } from './alerts-words.ts'
import { type Cell, cell } from './cell.ts'
import type { Desk, InstrumentRow } from './desk.ts'
import { ALERTS } from './quotes-needs.ts'
import { ALERTS_KEY } from './settings.ts'

/** As often as the engine tells anything. What comes and goes in between is not seen. */
const RATE_MS = 100
/** The engine says something every second. A page that heard nothing for this long was asleep. */
const ASLEEP_AFTER_MS = 5000

/** The rules, what they did, and the watch over them: it goes on whether or not a panel shows it. */
export class Alerts {
  readonly stored: Cell<StoredAlerts>
  /** How many stored rules could not be read. */
  readonly lost: Cell<number>
  /** What fired and was not dismissed yet, newest first. */
  readonly unread = cell<readonly LogEntry[]>([])
  /** Rules whose figure was beyond its threshold when that was last certain: they fire when it comes there again. */
  readonly beyond = cell<ReadonlySet<string>>(new Set())
  /** Why what was set will not outlive the page. */
  readonly problem = cell<string | undefined>(undefined)
  /** The minute that runs, by symbol. */
  readonly minutes = cell<ReadonlyMap<string, NonNullable<Observation['minute']>>>(new Map())
  readonly #desk: Desk
  readonly #memories = new Map<string, Memory>()
  readonly #limits = new WeakMap<AlertRule, { readonly grid: InstrumentRow; readonly limit: Limit }>()
  #heardAt = Number.NEGATIVE_INFINITY

  constructor(desk: Desk) {
    this.#desk = desk
    const { alerts, lost } = readAlerts(localStorage.getItem(ALERTS_KEY))
    this.stored = cell(alerts)
    this.lost = cell(lost)
  }

  add(rule: Omit<AlertRule, 'id'>): void {
    const added: AlertRule = { id: crypto.randomUUID(), ...rule }
    this.change((stored) => ({ ...stored, rules: [...stored.rules, added] }))
  }

  remove(id: string): void {
    this.#memories.delete(id)
    this.change((stored) => ({ ...stored, rules: stored.rules.filter((rule) => rule.id !== id) }))
  }

  /** A rule that is turned on begins anew: first it only learns on which side the market is. */
  turn(id: string, isOn: boolean): void {
    this.#memories.delete(id)
    this.change((stored) => ({
      ...stored,
      rules: stored.rules.map((rule) => (rule.id === id ? { ...rule, isOn } : rule)),
    }))
  }

  change(step: (stored: StoredAlerts) => StoredAlerts): void {
    this.stored.change(step)
    try {
      localStorage.setItem(ALERTS_KEY, writeAlerts(this.stored.value))
      this.problem.set(undefined)
    } catch {
      this.problem.set('This browser stores nothing for this page: rules are gone when it is closed.')
    }
  }

  /** A rule's threshold on the grid of its instrument; undefined while the instrument is not known. */
  limit(rule: AlertRule): Limit | undefined {
    const grid = this.#desk.instruments.value.find(({ id }) => id === rule.symbol)
    if (grid === undefined) return undefined
    const known = this.#limits.get(rule)
    if (known?.grid === grid) return known.limit
    const limit = limitOf(rule, grid)
    this.#limits.set(rule, { grid, limit })
    return limit
  }

  /** Watches, and tells what fires, until the returned function is called. */
  run(): () => void {
    const banner = mount(AlertBanner, { target: document.body, props: { alerts: this, desk: this.#desk } })
    const unlisten = this.listen()
    const stop = $effect.root(() => this.#follow())
    return () => {
      stop()
      unlisten()
      void unmount(banner)
    }
  }

  /** Takes on what other windows of this page change, until the returned function is called: that goes without watching. */
  listen(): () => void {
    const reread = (event: StorageEvent): void => {
      // Another window of this page changed them.
      if (event.key !== ALERTS_KEY) return
      const { alerts, lost } = readAlerts(event.newValue)
      this.lost.set(lost)
      this.stored.set(alerts)
    }
    addEventListener('storage', reread)
    return () => removeEventListener('storage', reread)
  }

  #follow(): void {
    const on = $derived(this.stored.value.rules.filter(({ isOn }) => isOn))
    // As text, so that a rule added to an instrument that is followed already begins nothing anew.
    const symbols = $derived(listed(on.map(({ symbol }) => symbol)))
    const traded = $derived(listed(on.flatMap(({ symbol, measure }) => (measure === 'volume-minute' ? [symbol] : []))))
    $effect(() => this.#desk.watch(JSON.parse(symbols), RATE_MS, ALERTS))
    $effect(() => {
      const stops = (JSON.parse(traded) as readonly string[]).map((symbol) => this.#followMinutes(symbol))
      return () => {
        for (const stop of stops) stop()
      }
    })
    $effect(() => {
      const [{ connection, quotes, paused }, minutes] = [this.#desk, this.minutes]
      void [connection.value, quotes.value, paused.value, minutes.value, this.stored.value]
      untrack(() => this.#observe(Date.now()))
    })
  }

  #followMinutes(symbol: string): () => void {
    const options = { rateMs: RATE_MS, visible: true, certificate: false }
    const asked = { panel: `alerts:${symbol}`, symbol, interval: '1m', options }
    const stop = this.#desk.followBars(asked, ({ bars }) => {
      const instrument = this.#desk.instruments.value.find(({ id }) => id === symbol)
      const newest = bars.reduce<(typeof bars)[number] | undefined>(
        (last, bar) => (last === undefined || bar.time >= last.time ? bar : last),
        undefined,
      )
      const before = this.minutes.value.get(symbol)
      if (instrument === undefined || newest === undefined || newest.time < (before?.start ?? 0)) return
      const lots = unitsOf(newest.volume, step(instrument.lotSize)) ?? 0
      this.minutes.change((minutes) => new Map(minutes).set(symbol, { start: newest.time, lots }))
    })
    return () => {
      stop()
      this.minutes.change((minutes) => new Map([...minutes].filter(([each]) => each !== symbol)))
    }
  }

  #observe(now: number): void {
    const wasAsleep = now - this.#heardAt > ASLEEP_AFTER_MS
    this.#heardAt = now
    const fired: (readonly [AlertRule, InstrumentRow, Firing])[] = []
    const on = this.stored.value.rules.filter(({ isOn }) => isOn)
    // Whichever window turned a rule off or took it away: when it is on again it begins anew here as well.
    const watched = new Set(on.map(({ id }) => id))
    for (const id of this.#memories.keys()) if (!watched.has(id)) this.#memories.delete(id)
    for (const rule of on) {
      const instrument = this.#desk.instruments.value.find(({ id }) => id === rule.symbol)
      const limit = this.limit(rule)
      const before = this.#memories.get(rule.id)
      const remembered = wasAsleep ? away(before) : before
      const { memory, firing }: Outcome =
        instrument === undefined || limit?.kind !== 'limit'
          ? { memory: away(remembered) }
          : observe(rule, limit.units, remembered, this.#observation(instrument, now))
      if (memory !== undefined) this.#memories.set(rule.id, memory)
      if (firing !== undefined && instrument !== undefined) fired.push([rule, instrument, firing])
    }
    const beyond = [...this.#memories].flatMap(([id, { isBeyond }]) => (isBeyond ? [id] : []))
    if (beyond.join() !== [...this.beyond.value].join()) this.beyond.set(new Set(beyond))
    if (fired.length > 0) this.#fire(fired)
  }

  #observation(instrument: InstrumentRow, at: number): Observation {
    const { connection, paused, quotes } = this.#desk
    const quote = quotes.value.get(instrument.id)
    const isConnected = connection.value?.state === 'open' && !paused.value
    const [tick, lot] = [step(instrument.tickSize), step(instrument.lotSize)]
    return {
      at,
      isLive: isConnected && (quote?.state === 'live' || quote?.state === 'quiet'),
      bid: unitsOf(quote?.bid, tick),
      ask: unitsOf(quote?.ask, tick),
      last: unitsOf(quote?.last, tick),
      volume24h: unitsOf(quote?.volume24h, lot),
      minute: this.minutes.value.get(instrument.id),
    }
  }

  #fire(fired: readonly (readonly [AlertRule, InstrumentRow, Firing])[]): void {
    const entries = fired.map(([rule, instrument, firing]): LogEntry => {
      const sentence = firingWords(rule, instrument, firing)
      return { at: firing.at, symbol: rule.symbol, sentence, isUnseen: firing.unseenSince !== undefined }
    })
    const spent = new Set(fired.flatMap(([rule]) => (rule.againMs === undefined ? [rule.id] : [])))
    for (const id of spent) this.#memories.delete(id)
    this.change((stored) => ({
      ...stored,
      rules: stored.rules.map((rule) => (spent.has(rule.id) ? { ...rule, isOn: false } : rule)),
      log: [...entries, ...stored.log].slice(0, MOST_LOGGED),
    }))
    this.unread.change((unread) => [...entries, ...unread].slice(0, MOST_LOGGED))
    const [newest] = entries
    if (newest === undefined) return
    this.#desk.alert(
      entries.length === 1 ? `Alert: ${newest.sentence}` : `${entries.length} alerts, the first: ${newest.sentence}`,
    )
    if (!this.stored.value.notify) return
    fired.forEach(([rule], index) => {
      const isShown = notify(entries[index]?.sentence ?? '', rule.id)
      if (!isShown) this.problem.set('This browser did not show the notification; the alert is here.')
    })
  }
}

const known = new WeakMap<Desk, Alerts>()

/** One for each desk. */
export function alertsOf(desk: Desk): Alerts {
  const alerts = known.get(desk) ?? new Alerts(desk)
  known.set(desk, alerts)
  return alerts
}

function listed(symbols: readonly string[]): string {
  return JSON.stringify([...new Set(symbols)].sort())
}
