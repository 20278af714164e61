import { createHash } from 'node:crypto'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { type Capture, FeedConfigError, openCapture, type Recorded, Replay, survey } from '@depthcast/feeds'
import type { Instrument, VenueEvent } from '@depthcast/market'
import type { Output } from '../output.ts'
import { json, lines, type Printer } from '../printer.ts'
import { count, progress } from '../progress.ts'

export type ReplayOptions = {
  /** Times the recorded pace; Infinity for as fast as it goes. */
  readonly speed: number
  readonly symbols: readonly string[] | undefined
  readonly json: boolean
  /** Print one SHA-256 a recording in place of its events. */
  readonly digest: boolean
  readonly progress: boolean
}

/**
 * Plays recordings through their venues' protocols, one after the other, and prints the events that come out.
 *
 * What is printed depends on the recording and the code alone. Its digest is the SHA-256 of what `json` prints, so one stands for the other.
 * Gives the exit code: 0, or 1 where a recording was more than the code could read. Throws FeedConfigError for a file that is no recording.
 */
export async function replay(files: readonly string[], options: ReplayOptions, output: Output): Promise<number> {
  let code = 0
  for (const file of files) {
    const { errors } = await play(openCapture(file), options, output)
    if (errors > 0) code = 1
    if (output.ended.aborted) break
  }
  return code
}

type Tally = { frames: number; events: number; errors: number; first: string | undefined }

async function play(capture: Capture, options: ReplayOptions, output: Output): Promise<Tally> {
  const recorded = chosen(survey(capture), options.symbols)
  const instruments = recorded.flatMap((part) => part.instruments)
  const print: Printer = options.json || options.digest ? json(instruments) : lines(instruments)
  const hash = createHash('sha256').update(print.heading)
  const wanted = new Set<string>(instruments.map(({ id }) => id))
  const tally: Tally = { frames: 0, events: 0, errors: 0, first: undefined }
  const pending: VenueEvent[] = []
  const player = new Replay(capture, recorded, {
    onEvent: (event) => wanted.has(event.instrument) && pending.push(event),
    onCheck: () => {},
    onError: (error) => {
      tally.errors++
      tally.first ??= `${error.code} ${error.message}`
    },
    onFrame: () => tally.frames++,
    onNote: (text) => output.note(`${capture.file}: ${text}`),
  })
  const began = player.nextAt ?? 0
  const done = progress(
    output,
    () => {
      const played = Math.max(0, player.now - began) / 1e6
      return `replaying ${capture.file}: ${played.toFixed(1)} s of it, ${count(tally.frames)} frames, ${count(tally.events)} events`
    },
    options.progress,
  )
  if (!options.digest) await output.write(print.heading)
  for await (const _ of paced(player, options.speed, output.ended)) {
    const text = print.events(pending, () => true)
    tally.events += pending.length
    pending.length = 0
    if (options.digest) hash.update(text)
    else await output.write(text)
  }
  done()
  if (options.digest && !output.ended.aborted) await output.write(`${hash.digest('hex')}  ${capture.file}\n`)
  if (tally.errors > 0) output.note(`${capture.file}: ${tally.errors} errors, the first: ${tally.first}`)
  return tally
}

/** Played without looking up for at most this long. */
const SLICE_MS = 8
const LONGEST_WAIT_MS = 200

/** Plays the recording on, a stretch at a time, and says when there is something to print. */
async function* paced(player: Replay, speed: number, ended: AbortSignal): AsyncGenerator<void> {
  const from = player.nextAt ?? 0
  const started = performance.now()
  while (player.nextAt !== undefined && !ended.aborted) {
    const until = performance.now() + SLICE_MS
    const due = speed === Number.POSITIVE_INFINITY ? speed : from + (performance.now() - started) * 1000 * speed
    while (player.nextAt !== undefined && player.nextAt <= due && performance.now() < until) player.step()
    yield
    const next = player.nextAt
    if (next === undefined) return
    const waitMs = (next - due) / 1000 / speed
    // Lets a Ctrl-C, or a reader that has gone, be noticed.
    if (!(waitMs > 0)) await setImmediate()
    else await setTimeout(Math.min(LONGEST_WAIT_MS, waitMs), undefined, { signal: ended }).catch(() => {})
  }
}

function chosen(recorded: readonly Recorded[], symbols: readonly string[] | undefined): readonly Recorded[] {
  if (symbols === undefined) return recorded
  const all = recorded.flatMap(({ instruments }) => instruments)
  const names = symbols.map((symbol) => symbol.toLowerCase())
  const strange = symbols.filter((symbol) => !all.some((one) => isCalled(one, symbol.toLowerCase())))
  if (strange.length > 0) {
    throw new FeedConfigError(
      `the recording has no ${strange.join(', ')}: it holds ${all.map(({ id }) => id).join(', ')}`,
    )
  }
  return recorded
    .map((part) => ({
      ...part,
      instruments: part.instruments.filter((instrument) => names.some((name) => isCalled(instrument, name))),
    }))
    .filter(({ instruments }) => instruments.length > 0)
}

function isCalled({ id, base, quote }: Instrument, name: string): boolean {
  return id.toLowerCase() === name || `${base}-${quote}`.toLowerCase() === name
}
