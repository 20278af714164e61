import { expect, test } from 'vitest'
import { ReplayProbes } from '../src/replay-probes.ts'
import { ReplayReplies } from '../src/replay-replies.ts'
import { START } from './driver.ts'

const MAIN = { name: 'main' }
const OTHER = { name: 'other' }
const question = (id: string, ...send: string[]) =>
  ({ kind: 'probe', id, url: 'ws://x', send, withinMs: 1_000 }) as const
const sent = (text: string) => ({ kind: 'sent', text }) as const
const said = (text: string) => ({ kind: 'said', text }) as const

/** What was told, in short. */
function short(told: ReturnType<ReplayProbes<typeof MAIN>['ask']>): string[] {
  return told.map(({ asker, input }) => `${asker.name} ${input.id} ${'text' in input ? input.text : input.reason}`)
}

test('what came before the replay asked is told once it asks, to who asked', () => {
  const probes = new ReplayProbes<typeof MAIN>()
  probes.opened('main#q', { of: 'main', id: 'q' })
  expect(probes.happened('main#q', sent('subscribe'), START)).toEqual([])
  expect(probes.happened('main#q', said('book'), START)).toEqual([])
  expect(probes.ask(OTHER, question('q', 'subscribe'), START)).toEqual([])
  expect(short(probes.ask(MAIN, question('q', 'subscribe'), START))).toEqual(['main q book'])
  expect(short(probes.happened('main#q', said('more'), START))).toEqual(['main q more'])
  probes.done(MAIN, 'q')
  expect(probes.happened('main#q', said('too late'), START)).toEqual([])
})

test('a question with another name is known by what was said first', () => {
  const probes = new ReplayProbes<typeof MAIN>()
  expect(probes.ask(MAIN, question('q1', 'subscribe'), START)).toEqual([])
  probes.opened('main#q37', { of: 'main', id: 'q37' })
  expect(probes.happened('main#q37', sent('subscribe'), START)).toEqual([])
  expect(short(probes.happened('main#q37', said('book'), START))).toEqual(['main q1 book'])
})

test('the answer to a second question on a socket waits until that is asked', () => {
  const probes = new ReplayProbes<typeof MAIN>()
  probes.ask(MAIN, question('q', 'one'), START)
  probes.opened('main#q', { of: 'main', id: 'q' })
  probes.happened('main#q', sent('one'), START)
  expect(short(probes.happened('main#q', said('to one'), START))).toEqual(['main q to one'])
  probes.happened('main#q', sent('two'), START)
  expect(probes.happened('main#q', said('to two'), START)).toEqual([])
  expect(short(probes.ask(MAIN, question('q', 'two'), START))).toEqual(['main q to two'])
  expect(short(probes.happened('main#q', { kind: 'ended', reason: 'gone' }, START))).toEqual(['main q gone'])
})

test('what was sent and not asked is known, until it is asked', () => {
  const probes = new ReplayProbes<typeof MAIN>()
  expect(probes.unasked('main#q7')).toBeUndefined()
  probes.opened('main#q7', { of: 'main', id: 'q7' })
  probes.happened('main#q7', sent('one'), START)
  expect(probes.unasked('main#q7')).toBe('main')
  probes.ask(MAIN, question('q1', 'one'), START)
  expect(probes.unasked('main#q7')).toBeUndefined()
})

test('a socket that the recorder kept and the replay did not answers the next question too', () => {
  const probes = new ReplayProbes<typeof MAIN>()
  probes.opened('main#q7', { of: 'main', id: 'q7' })
  probes.happened('main#q7', sent('one'), START)
  probes.ask(MAIN, question('q1', 'one'), START)
  probes.done(MAIN, 'q1')
  for (const what of [sent('end one'), said('ended'), sent('two'), said('book')]) {
    expect(probes.happened('main#q7', what, START)).toEqual([])
  }
  expect(short(probes.ask(MAIN, question('q2', 'two'), START))).toEqual(['main q2 book'])
})

test.each(['q1', 'q7'])('what a recording that begins in the middle was asked before %s is passed over', (id) => {
  const probes = new ReplayProbes<typeof MAIN>()
  probes.opened('main#q7', { of: 'main', id: 'q7' })
  for (const what of [sent('end one'), said('ended'), sent('two')]) probes.happened('main#q7', what, START)
  expect(short(probes.ask(MAIN, question(id, 'two'), START))).toEqual([])
  expect(short(probes.happened('main#q7', said('book'), START))).toEqual([`main ${id} book`])
})

test('one that nobody asked for is forgotten when the next is opened', () => {
  const probes = new ReplayProbes<typeof MAIN>()
  probes.opened('main#q', { of: 'main', id: 'q' })
  probes.happened('main#q', { kind: 'ended', reason: 'gone' }, START)
  probes.opened('main#r', { of: 'main', id: 'r' })
  expect(probes.ask(MAIN, question('q', 'one'), START)).toEqual([])
})

test('questions end with the connection they were asked beside, and no others', () => {
  const probes = new ReplayProbes<typeof MAIN>()
  probes.ask(MAIN, question('q', 'one'), START)
  probes.ask(OTHER, question('o', 'one'), START)
  expect(short(probes.endAll(MAIN, 'lost', START))).toEqual(['main q lost'])
  expect(probes.endAll(MAIN, 'lost', START)).toEqual([])
})

test('of two connections that ask the same each gets the reply that was asked for beside it', () => {
  const replies = new ReplayReplies<typeof MAIN>()
  const url = 'https://x/depth?symbol=ABC'
  const asked = (asker: typeof MAIN) => ({ asker, request: { id: asker.name, url }, notBefore: START })
  expect([...replies.ask(asked(MAIN)), ...replies.ask(asked(OTHER))]).toEqual([])
  const record = { kind: 'http', at: START, url, status: 200, body: 'a book' } as const
  expect(replies.came({ ...record, connection: 'other' })).toMatchObject([{ asker: OTHER, reply: { id: 'other' } }])
  // A recording that does not say gives it to who asked first.
  expect(replies.came(record)).toMatchObject([{ asker: MAIN, reply: { id: 'main' } }])
})
