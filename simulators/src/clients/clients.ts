import { setTimeout } from 'node:timers/promises'
import { FeedConfigError } from '@depthcast/feeds'
import type { Output } from '../output.ts'
import { count as inWordsCount, progress } from '../progress.ts'
import { ClientFailed } from './client-failed.ts'
import { Crowd, type CrowdOptions } from './crowd.ts'
import { advice, chooseSymbols, instrumentsOf, targetOf } from './gateway.ts'
import { LiveView } from './live.ts'
import { aliasesOf, type MixPart } from './mix.ts'
import { OwnLoad } from './own-load.ts'
import { inWords, reportOf } from './report.ts'

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
/** Where nothing can be drawn over. */
const LINE_EVERY_SECONDS = 5

/**
 * Connects clients to a gateway, holds what they get against chain and checksum, and writes what it came to.
 *
 * Gives the exit code: 0, or 1 where any book was wrong or every connection was lost. Throws FeedConfigError, saying what to do, where the gateway cannot be had.
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
  const names = options.mix.parts.map(({ name }) => name)
  const live = new LiveView(crowd, { url, asked: count, duration: duration / 1e6, mix: names })
  const seconds = await watched({ crowd, own, live }, options, output)
  const mix = { text: options.mix.text, names }
  const report = reportOf(crowd, crowdOptions, { url, mix, symbols, seconds, own: own.total() })
  crowd.leave()
  if (crowd.failure !== undefined)
    output.note(`some clients did not get in: ${advice(crowd.failure, { ...target, count })}`)
  await output.write(options.json ? `${JSON.stringify(report)}\n` : `${inWords(report).join('\n')}\n`)
  return report.passed ? 0 : 1
}

function refuse(symbol: string): never {
  throw new FeedConfigError(`${symbol} has a dot in its name, which no alias can say: name others with --symbols`)
}

type Watched = { readonly crowd: Crowd; readonly own: OwnLoad; readonly live: LiveView }

/** Lets time pass, second by second, and says how it goes. Resolves to the seconds. */
async function watched(
  { crowd, own, live }: Watched,
  { duration, progress }: Pick<LoadOptions, 'duration' | 'progress'>,
  output: Output,
): Promise<number> {
  const from = performance.now()
  const until = from + duration / 1000
  const everySeconds = progress ? 1 : LINE_EVERY_SECONDS
  for (let second = 1; !output.ended.aborted; second++) {
    const due = from + second * SECOND_MS
    await setTimeout(Math.min(due, until) - performance.now(), undefined, { signal: output.ended }).catch(() => {})
    if (output.ended.aborted || due >= until) break
    const cpu = own.lately()
    crowd.busy(cpu)
    if (output.status !== undefined) output.status(live.table(cpu))
    else if (second % everySeconds === 0) output.note(live.line(cpu))
  }
  output.status?.('')
  await crowd.wake()
  return (performance.now() - from) / 1000
}
