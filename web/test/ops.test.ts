import { expect, test } from 'vitest'
import { Ops, type OpsHost, type Topic } from '../src/state/ops.ts'
import { FakeClock } from './fakes/fake-clock.ts'
import { feedsReport, serverReport } from './fakes/ops-reports.ts'

type Answer = { readonly status?: number; readonly body?: unknown } | 'down'

/** The page's poll between a clock and a gateway that answers what it is told to. */
function stage() {
  const clock = new FakeClock()
  const asked: { readonly path: string; readonly authorization: string | null }[] = []
  const answers: Record<string, Answer> = {
    '/v1/feeds': { body: feedsReport() },
    '/v1/server': { body: serverReport() },
  }
  const tokens: Partial<Record<Topic, string>> = {}
  let held: Promise<void> | undefined
  const host: OpsHost = {
    now: () => clock.now(),
    every: (ms, run) => clock.every(ms, run),
    token: (topic) => tokens[topic],
    async fetch(path, options) {
      asked.push({ path, authorization: new Headers(options.headers).get('authorization') })
      await held
      const answer = answers[path] ?? 'down'
      if (answer === 'down') throw new TypeError('failed to fetch')
      return new Response(JSON.stringify(answer.body), { status: answer.status ?? 200 })
    },
  }
  const ops = new Ops(host)
  const paths = () => asked.splice(0).map(({ path }) => path)
  return {
    clock,
    ops,
    asked,
    answers,
    tokens,
    paths,
    hold: (until: Promise<void> | undefined) => (held = until),
    /** Time goes by a second at a time, and what was asked for is answered in between. */
    async pass(seconds: number): Promise<void> {
      for (let n = 0; n < seconds; n++) {
        clock.advance(1000)
        await settled()
      }
    },
  }
}

async function settled(): Promise<void> {
  for (let n = 0; n < 20; n++) await Promise.resolve()
}

test('nothing is asked while nobody looks; then once at once and once a second, for all panels together', async () => {
  const on = stage()
  await on.pass(3)
  expect(on.paths()).toEqual([])
  const stops = [on.ops.follow('feeds'), on.ops.follow('feeds')]
  await settled()
  expect(on.paths()).toEqual(['/v1/feeds'])
  await on.pass(3)
  expect(on.paths()).toEqual(['/v1/feeds', '/v1/feeds', '/v1/feeds'])
  stops[0]?.()
  stops[0]?.()
  await on.pass(1)
  expect(on.paths()).toEqual(['/v1/feeds'])
  stops[1]?.()
  await on.pass(5)
  expect(on.paths()).toEqual([])
})

test('each topic is asked for by itself, and only while it is looked at', async () => {
  const on = stage()
  const stopFeeds = on.ops.follow('feeds')
  const stopServer = on.ops.follow('server')
  await settled()
  on.paths()
  await on.pass(1)
  expect(on.paths().sort()).toEqual(['/v1/feeds', '/v1/server'])
  stopFeeds()
  await on.pass(1)
  expect(on.paths()).toEqual(['/v1/server'])
  stopServer()
})

test('while an answer is under way no other is asked for', async () => {
  const on = stage()
  const answer = Promise.withResolvers<void>()
  on.hold(answer.promise)
  on.ops.follow('feeds')
  await on.pass(4)
  expect(on.paths()).toEqual(['/v1/feeds'])
  answer.resolve()
  on.hold(undefined)
  await settled()
  await on.pass(1)
  expect(on.paths()).toEqual(['/v1/feeds'])
})

test('a gateway that does not answer is asked ever less often; what it said last stays, and since when it is silent', async () => {
  const on = stage()
  on.ops.follow('feeds')
  await settled()
  const { report, takenAt } = on.ops.feeds.value
  expect(report).toEqual(feedsReport())
  on.answers['/v1/feeds'] = 'down'
  on.paths()
  await on.pass(1)
  const since = on.clock.now()
  expect(on.ops.feeds.value).toMatchObject({
    report,
    takenAt,
    trouble: { kind: 'unreachable', since, reason: 'the gateway does not answer', retryAt: since + 2000 },
  })
  on.paths()
  await on.pass(60)
  expect(on.paths().length).toBeLessThanOrEqual(6)
  expect(on.ops.feeds.value.trouble).toMatchObject({ since, retryAt: expect.any(Number) })
  on.answers['/v1/feeds'] = { body: feedsReport() }
  on.ops.retry('feeds')
  await settled()
  const { answer, ...told } = on.ops.feeds.value
  expect(told).toEqual({ report, takenAt: on.clock.now() })
  const { length } = JSON.stringify(feedsReport())
  expect(answer).toMatchObject({ status: 200, bytes: length, allBytes: 2 * length })
  on.paths()
  await on.pass(2)
  expect(on.paths()).toHaveLength(2)
})

test('a refusal is told in the gateway’s words and asked again twice a minute; as someone else at once', async () => {
  const on = stage()
  on.answers['/v1/server'] = { status: 401, body: { code: 401, message: "missing: this is the operators' page" } }
  on.ops.follow('server')
  await settled()
  expect(on.ops.server.value.report).toBeUndefined()
  expect(on.ops.server.value).toMatchObject({
    trouble: { kind: 'refused', code: 401, reason: "missing: this is the operators' page" },
    answer: { status: 401 },
  })
  on.paths()
  await on.pass(60)
  expect(on.paths()).toHaveLength(2)
  on.tokens.server = 'secret'
  on.answers['/v1/server'] = { body: serverReport() }
  await on.pass(1)
  expect(on.asked.map(({ authorization }) => authorization)).toEqual(['Bearer secret'])
  expect(on.ops.server.value.report).toEqual(serverReport())
})

test('who gave no operators’ token sends no token at all for the gateway’s own figures', async () => {
  const on = stage()
  on.tokens.feeds = 'a clients'
  on.ops.follow('server')
  on.ops.follow('feeds')
  await settled()
  expect(on.asked).toEqual([
    { path: '/v1/server', authorization: null },
    { path: '/v1/feeds', authorization: 'Bearer a clients' },
  ])
})

test.each([
  ['nothing', undefined],
  ['null', null],
  ['another program’s', { status: 'ok' }],
  ['half a report', { at: 1, feeds: [], instruments: [{ name: 'x' }] }],
])('an answer that is %s is trouble, never a report', async (_name, body) => {
  const on = stage()
  on.answers['/v1/feeds'] = { body }
  on.ops.follow('feeds')
  await settled()
  expect(on.ops.feeds.value.report).toBeUndefined()
  expect(on.ops.feeds.value.trouble).toMatchObject({
    kind: 'unreachable',
    reason: expect.stringContaining('no report'),
  })
})

test('a clock that is set back makes no pause longer than the longest', async () => {
  const on = stage()
  on.ops.follow('feeds')
  await settled()
  on.paths()
  let late = 0
  const { now } = on.clock
  on.clock.now = () => now.call(on.clock) - late
  late = 3_600_000
  await on.pass(2)
  expect(on.paths().length).toBeGreaterThan(0)
})

test('samples are kept of new reports alone', async () => {
  const on = stage()
  on.ops.follow('server')
  await settled()
  await on.pass(3)
  expect(on.ops.samples.value).toHaveLength(1)
  on.answers['/v1/server'] = { body: serverReport({ at: serverReport().at + 1_000_000 }) }
  await on.pass(1)
  expect(on.ops.samples.value).toHaveLength(2)
})
