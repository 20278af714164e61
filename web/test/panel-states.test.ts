import { expect, test } from 'vitest'
import type { PanelReport, ViewState } from '../src/engine/messages.ts'
import { lookOf } from '../src/painters/canvas.ts'
import { describeMerging, describeProof, describeState } from '../src/state/describe.ts'

const NOW = Date.UTC(2026, 10, 21, 12, 4, 20)
const SINCE = Date.UTC(2026, 10, 21, 12, 4, 9)
const WELL = { dimmed: false, edge: 'none' } as const

/** What the specification says of each state, word for word: its glyph, its words, its colours, and how the values on the canvas look. */
const STATES: readonly {
  readonly name: string
  readonly state: ViewState
  readonly glyph: string
  readonly text: string
  readonly tone: 'calm' | 'busy' | 'warn' | 'error'
  readonly look: ReturnType<typeof lookOf>
}[] = [
  {
    name: 'loading',
    state: { kind: 'loading' },
    ...{ glyph: '○', text: 'Snapshot…', tone: 'busy' },
    // What was there while another view is waited for is not what is asked for.
    look: { dimmed: true, edge: 'none' },
  },
  { name: 'live', state: { kind: 'live' }, glyph: '✓', text: '', tone: 'calm', look: WELL },
  {
    name: 'quiet',
    state: { kind: 'quiet', ageMs: 14_000 },
    ...{ glyph: '✓', text: 'last trade 14 s ago', tone: 'calm' },
    look: WELL,
  },
  {
    name: 'delayed',
    state: { kind: 'delayed', ageMs: 2_100 },
    ...{ glyph: '●', text: 'delayed 2.1 s', tone: 'warn' },
    look: WELL,
  },
  {
    name: 'stale',
    state: { kind: 'stale', since: SINCE, retryInMs: 1_700 },
    ...{ glyph: '!', text: 'stale since 12:04:09 · retry in 2 s', tone: 'warn' },
    look: { dimmed: true, edge: 'warn' },
  },
  {
    name: 'gap',
    state: { kind: 'gap', from: 1_204_882, to: 1_204_890 },
    ...{ glyph: '↻', text: 'gap 1,204,882–890 · resyncing', tone: 'warn' },
    look: { dimmed: true, edge: 'warn' },
  },
  {
    name: 'wrong',
    state: { kind: 'invalid', reason: 'checksum mismatch' },
    ...{ glyph: '✕', text: 'checksum mismatch, quarantined', tone: 'error' },
    look: { dimmed: true, edge: 'error' },
  },
]

test.each(STATES)('$name looks and reads as the specification has it', ({ state, glyph, text, tone, look }) => {
  expect(describeState(state)).toEqual({ glyph, text, tone })
  expect(lookOf(state)).toEqual(look)
})

const REPORT = {
  seq: 1_204_881,
  verifiedAt: NOW - 200,
  merged: 14.3,
  granted: { rateMs: 200 },
} as unknown as PanelReport

test('a live panel says on hover by what right', () => {
  expect(describeProof(REPORT, NOW)).toBe('seq 1,204,881 · checksum ok 0.2 s ago')
})

test('a panel that is conflated heavily says how heavily, and by whose rate', () => {
  expect(describeMerging(REPORT)).toBe('1 frame per 14 updates (your 5 Hz)')
})
