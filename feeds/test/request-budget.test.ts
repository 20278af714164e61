import { expect, test } from 'vitest'
import { Conversation, type ConversationHandlers } from '../src/conversation.ts'
import type { HttpRequest, Protocol } from '../src/venue.ts'
import { VenueBudget } from '../src/venue-budget.ts'
import { StillWorld } from './still-world.ts'

const SILENT: ConversationHandlers = {
  onEvent: () => {},
  onCheck: () => {},
  onError: () => {},
  onRoll: () => {},
  onClosed: () => {},
  onStepped: () => {},
  onGaveUp: () => {},
}

test('two connections to a venue, as in a roll, spend one request weight between them', () => {
  const outside = new StillWorld()
  const limits = { connects: 9, perMs: 1, sendsPerSecond: 9, requestWeight: { burst: 100, perSecond: 10 } }
  const budget = new VenueBudget(limits)
  for (const name of ['old', 'new']) {
    const requests = [1, 2].map((n): HttpRequest => ({ id: `${name} ${n}`, url: 'http://venue/', weight: 60 }))
    const protocol: Protocol = { step: () => requests.map((request) => ({ kind: 'http', request })) }
    const plan = { venue: 'plain', url: undefined, instruments: [], options: {} }
    const counts = { frames: 0, errors: 0, reconnects: 0, lastFrameAt: undefined }
    new Conversation({ name, plan, protocol, limits, outside, budget }, SILENT, counts).start()
  }
  outside.pass(60_000)
  // 100 of 240 at once; what is overdrawn by, and then 60 more, must first come back.
  expect(outside.asked).toEqual([
    [0, 'old 1'],
    [0, 'old 2'],
    [2_001, 'new 1'],
    [8_001, 'new 2'],
  ])
})
