import { setTimeout } from 'node:timers/promises'
import { FeedConfigError } from '@depthcast/feeds'
import type { Output } from '../output.ts'
import { count as inWordsCount, progress } from '../progress.ts'
import { ClientFailed } from './client-failed.ts'
import { Crowd, type CrowdOptions } from './crowd.ts'
import { advice, chooseSymbols, instrumentsOf, targetOf } from './gateway.ts'
import { aliasesOf, type MixPart } from './mix.ts'
import { type Counts, inWords, OwnLoad, reportOf, secondLine } from './report.ts'

export type LoadOptions = Pick<CrowdOptions, 'door' | 'count' | 'stalled' | 'slow' | 'churn' | 'verify'> & {
  readonly url: string
  readonly mix: { readonly text: string; readonly parts: readonly MixPart[] }
  readonly symbols: readonly string[] | undefined
  /** µs, from when all are connected. */
  readonly duration: number
  readonly token: string | undefined
  readonly remote: boolean
  readonly json: boolean
  readonly progress: boolean
}

const SECOND_MS = 1000

/**
 * Connects clients to a gateway, holds what they get against chain and checksum, and writes what it came to.
 *
 * Gives the exit code: 0, or 1 where any book was wrong. Throws FeedConfigError, saying what to do, where the gateway cannot be had.
 */
export async function clients(options: LoadOptions, output: Output): Promise<number> {
  const { url, count, remote, token, duration } = options
  const target = targetOf(url, { remote, token })
  const symbols = chooseSymbols(await instrumentsOf(target), options.symbols)
  const wishes = symbols.map((symbol) => aliasesOf(options.mix.parts, symbol) ?? refuse(symbol))
  const crowdOptions: CrowdOptions = { ...options, target, wishes }
  const crowd = new Crowd(crowdOptions)
  const own = new OwnLoad()
  const connecting = progress(
    output,
    () => `connecting: ${inWordsCount(crowd.connected)} of ${inWordsCount(count)}`,
    options.progress,
  )
  try {
    await crowd.connect(output.ended)
  } catch (error) {
    crowd.leave()
    if (!(error instanceof ClientFailed)) throw error
    throw new FeedConfigError(advice(error, { ...target, count }), error)
  } finally {
    connecting()
  }
  crowd.tally.reset()
  own.mark()
  crowd.live()
  const { seconds, connected, verified } = await watched(crowd, own, { duration, progress: options.progress }, output)
  const run = { url, mix: options.mix.text, symbols, seconds, own: own.total(), connected, verified }
  const report = reportOf(crowd, crowdOptions, run)
  crowd.leave()
  if (crowd.failure !== undefined)
    output.note(`some clients did not get in: ${advice(crowd.failure, { ...target, count })}`)
  await output.write(options.json ? `${JSON.stringify(report)}\n` : `${inWords(report).join('\n')}\n`)
  return report.passed ? 0 : 1
}

function refuse(symbol: string): never {
  throw new FeedConfigError(`${symbol} has a dot in its name, which no alias can say: name others with --symbols`)
}

/** Lets time pass, second by second. */
async function watched(
  crowd: Crowd,
  own: OwnLoad,
  { duration, progress }: { readonly duration: number; readonly progress: boolean },
  output: Output,
): Promise<{ readonly seconds: number; readonly connected: number; readonly verified: number }> {
  const { tally } = crowd
  const show = output.status ?? (progress ? output.note : undefined)
  const from = performance.now()
  const until = from + duration / 1000
  let before: Counts = { messages: tally.messages, bytes: tally.bytes }
  own.lately()
  while (performance.now() < until && !output.ended.aborted) {
    const wait = Math.min(SECOND_MS, until - performance.now())
    await setTimeout(wait, undefined, { signal: output.ended }).catch(() => {})
    const cpu = own.lately()
    if (wait === SECOND_MS) {
      crowd.busy(cpu)
      show?.(secondLine(crowd, { tally, before, cpu }))
    }
    before = { messages: tally.messages, bytes: tally.bytes }
  }
  output.status?.('')
  return { seconds: (performance.now() - from) / 1000, connected: crowd.connected, verified: crowd.verified }
}
