import { basename } from 'node:path'
import type { Micros } from '@depthcast/market'
import type { Capture } from './capture-files.ts'
import { CheckTally } from './check-tally.ts'
import { FeedConfigError, FeedError } from './errors.ts'
import type { Feed, FeedHealth, FeedOptions, FeedSink } from './feed.ts'
import { Feeds } from './feeds.ts'
import type { Numbering } from './numbering.ts'
import { Replay } from './replay.ts'
import { type Recorded, survey } from './survey.ts'
import { choose, parseSymbols } from './symbols.ts'

/** Played without a pause for at most this long; then whoever else shares the process has a turn. */
const SLICE_MS = 4
/** setTimeout takes no more; a pause longer than this is looked at again then. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Recordings as a feed, each at its own pace from its own beginning. When one is over, its instruments say `ended`.
 *
 * Throws FeedConfigError for what cannot be read, for a symbol no recording holds, and for an instrument that two recordings hold: two streams
 * into one book make no book.
 */
export function openReplay(captures: readonly Capture[], numbering: Numbering, options: FeedOptions): Feed {
  const { speed = 1 } = options
  if (speed !== 'max' && !(Number.isFinite(speed) && speed > 0)) {
    throw new FeedConfigError(`speed ${String(speed)} is neither a number above 0 nor 'max'`)
  }
  const surveyed = captures.map((capture) => ({ capture, recorded: survey(capture) }))
  refuseDoubles(surveyed)
  const chosen = surveyed.map(({ capture, recorded }) => ({
    capture,
    recorded: chooseFrom(recorded, surveyed, options.symbols),
  }))
  const feeds = chosen
    .filter(({ recorded }) => recorded.length > 0)
    .map(({ capture, recorded }) => new ReplayFeed(capture, recorded, numbering, { ...options, speed }))
  return new Feeds(feeds)
}

class ReplayFeed implements Feed {
  readonly #capture: Capture
  readonly #recorded: readonly Recorded[]
  readonly #numbering: Numbering
  readonly #options: FeedOptions & { readonly speed: number | 'max' }
  readonly #name: string
  readonly #checks = new CheckTally()
  #state: FeedHealth['state'] = 'starting'
  #frames = 0
  #errors = 0
  #lastFrameAt: Micros | undefined
  #cancel: () => void = () => undefined

  constructor(
    capture: Capture,
    recorded: readonly Recorded[],
    numbering: Numbering,
    options: FeedOptions & { speed: number | 'max' },
  ) {
    this.#capture = capture
    this.#recorded = recorded
    this.#numbering = numbering
    this.#options = options
    this.#name = `replay:${basename(capture.file)}`
  }

  start(sink: FeedSink): void {
    for (const { instruments } of this.#recorded) for (const instrument of instruments) sink.instrument(instrument)
    const replay = new Replay(this.#capture, this.#recorded, {
      onEvent: (event) => sink.event(this.#numbering.number(event)),
      onCheck: (check, _instrument, ok) => this.#checks.add(check, ok),
      onVerified: (instrument, now) => sink.verified?.(instrument, now),
      onError: (error) => this.#failed(error),
      onFrame: (_from, _text, now) => {
        this.#frames++
        this.#lastFrameAt = now
      },
    })
    this.#state = 'open'
    this.#run(replay, sink)
  }

  health(): readonly FeedHealth[] {
    const { frames, errors, state } = { frames: this.#frames, errors: this.#errors, state: this.#state }
    return [
      {
        name: this.#name,
        state,
        ...(state === 'ended' ? { reason: 'the recording is over' } : {}),
        ...(this.#lastFrameAt === undefined ? {} : { lastFrameAt: this.#lastFrameAt }),
        frames,
        errors,
        reconnects: 0,
        checks: this.#checks.counts(),
      },
    ]
  }

  close(): Promise<void> {
    this.#cancel()
    this.#state = 'ended'
    return Promise.resolve()
  }

  #run(replay: Replay, sink: FeedSink): void {
    const { speed } = this.#options
    const startedAt = performance.now()
    const from = replay.nextAt ?? (0 as Micros)
    /** How far the recording may have been played by now. */
    const until = (): number =>
      speed === 'max' ? Number.POSITIVE_INFINITY : from + (performance.now() - startedAt) * 1000 * speed
    const slice = (): void => {
      const pauseAt = performance.now() + SLICE_MS
      for (;;) {
        const next = replay.nextAt
        if (next === undefined) {
          this.#end(replay.now, sink)
          return
        }
        const aheadUs = next - until()
        if (aheadUs > 0) {
          this.#later(aheadUs / 1000 / (speed === 'max' ? 1 : speed), slice)
          return
        }
        if (performance.now() >= pauseAt) {
          this.#later(0, slice)
          return
        }
        if (!this.#step(replay)) return
      }
    }
    this.#later(0, slice)
  }

  /** False when the recording cannot go on: whatever threw is told, and the other feeds run on. */
  #step(replay: Replay): boolean {
    try {
      replay.step()
      return true
    } catch (cause) {
      this.#state = 'failed'
      this.#failed(
        cause instanceof FeedError ? cause : new FeedConfigError(`${this.#name}: unexpected ${String(cause)}`, cause),
      )
      return false
    }
  }

  #failed(error: FeedError): void {
    this.#errors++
    this.#options.onError?.(error, { feed: this.#name })
  }

  #later(ms: number, act: () => void): void {
    if (ms < 1) {
      const immediate = setImmediate(act)
      this.#cancel = () => clearImmediate(immediate)
      return
    }
    const timer = setTimeout(act, Math.min(ms, LONGEST_TIMER_MS))
    this.#cancel = () => clearTimeout(timer)
  }

  #end(now: Micros, sink: FeedSink): void {
    this.#state = 'ended'
    const reason = 'the recording is over; this is its last state'
    for (const { instruments } of this.#recorded) {
      for (const { id } of instruments) {
        const status = {
          kind: 'status',
          state: 'ended',
          reason,
          instrument: id,
          exchangeTime: undefined,
          receivedAt: now,
        } as const
        sink.event(this.#numbering.number(status))
      }
    }
  }
}

type Surveyed = readonly { readonly capture: Capture; readonly recorded: readonly Recorded[] }[]

function refuseDoubles(surveyed: Surveyed): void {
  const holders = new Map<string, string>()
  for (const { capture, recorded } of surveyed) {
    for (const { id } of recorded.flatMap(({ instruments }) => instruments)) {
      const other = holders.get(id)
      if (other !== undefined)
        throw new FeedConfigError(`${id} is in ${other} and in ${capture.file}: replay one of them`)
      holders.set(id, capture.file)
    }
  }
}

function chooseFrom(
  recorded: readonly Recorded[],
  all: Surveyed,
  symbols: readonly string[] | undefined,
): readonly Recorded[] {
  if (symbols === undefined) return recorded
  const everything = all.flatMap((each) => each.recorded)
  const choices = parseSymbols(
    symbols,
    everything.map(({ venue }) => venue.id),
  )
  for (const choice of choices) {
    if (everything.some(({ venue, instruments }) => choose(venue.id, instruments, [choice]).chosen.length > 0)) continue
    const known = everything.flatMap(({ instruments }) => instruments.map(({ id }) => id))
    throw new FeedConfigError(`no recording holds ${choice.text}: they hold ${known.join(', ')}`)
  }
  return recorded
    .map((part) => ({ ...part, instruments: choose(part.venue.id, part.instruments, choices).chosen }))
    .filter(({ instruments }) => instruments.length > 0)
}
