import { formatAge, formatCount, formatMs, formatRate, UNKNOWN } from './format.ts'
import type { Meter } from './meter.ts'
import type { Polled, Topic } from './ops.ts'
import type { Fact } from './receipt.ts'

/** What asking for the gateway's own figures costs. */
export function polledMeter({ answer, takenAt }: Polled<unknown>, now: number): Meter | undefined {
  if (answer === undefined) return undefined
  return {
    bytesPerSecond: perSecond(answer),
    bytes: answer.allBytes,
    merged: 0,
    granted: undefined,
    proof: takenAt === undefined ? 'no answer yet' : `answered ${formatAge(Math.max(0, now - takenAt))} ago`,
  }
}

/** Where the figures come from, and what cannot be proven about them. */
export function polledFacts({ answer, takenAt, trouble }: Polled<unknown>, topic: Topic, now: number): readonly Fact[] {
  const age =
    takenAt === undefined
      ? 'no answer yet'
      : `${formatAge(Math.max(0, now - takenAt))}, asked once a second while it is seen`
  return [
    { name: 'Route', value: `GET /v1/${topic}` },
    { name: 'Status', value: answer === undefined ? UNKNOWN : String(answer.status), isDoubt: trouble !== undefined },
    ...(trouble === undefined ? [] : [{ name: 'Trouble', value: trouble.reason, isDoubt: true }]),
    { name: 'Age', value: age },
    { name: 'Proof', value: 'none: the gateway’s own word, which nothing here can be held against', isDoubt: true },
    ...(answer === undefined
      ? []
      : [
          { name: 'Took', value: formatMs(answer.tookMs) },
          {
            name: 'Cost',
            value: `${formatRate(perSecond(answer))}, ${formatCount(answer.bytes)} bytes an answer, ${formatCount(answer.allBytes)} so far, headers left out`,
          },
        ]),
  ]
}

/** Of answers as far apart as the last two were. */
function perSecond({ bytes, afterMs }: NonNullable<Polled<unknown>['answer']>): number {
  return afterMs === undefined || afterMs <= 0 ? bytes : (bytes * 1000) / afterMs
}
