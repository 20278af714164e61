import { flushSync } from 'svelte'
import { expect, test } from 'vitest'
import type { ViewState } from '../src/engine/messages.ts'
import { appPages } from './fakes/app-page.ts'

const on = appPages('#panel-ladder-1.panel')

/** Words without their marks, as who speaks to the page says them. */
const spoken = (text: string | null = '') => (text ?? '').replaceAll(/[^\p{L}\p{N}]+/gu, ' ').trim()

const STATES: readonly ViewState[] = [
  { kind: 'live' },
  { kind: 'ended', since: 0 },
  { kind: 'delayed', ageMs: 2100 },
  { kind: 'gap', from: 12, to: 14 },
]

test.each(STATES)(
  'a panel that is $kind and gets less than it asked for is called by what stands on its glyph',
  (state) => {
    const asked = { rateMs: 100, depth: 25, grouping: 1 }
    on.engine.report('ladder-1', state, 7, { asked, granted: { ...asked, rateMs: 250 }, merged: 14 })
    flushSync()
    const glyph = document.querySelector('#panel-ladder-1 .integrity')
    const seen = [...(glyph?.children ?? [])]
      .filter((part) => part.ariaHidden !== 'true')
      .map((part) => part.textContent)
    expect(seen.join(' ')).toContain('every 250 ms')
    expect(spoken(glyph?.ariaLabel)).toContain(spoken(seen.join(' ')))
  },
)
