import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PANEL_KINDS } from '../src/panels/registry.ts'
import { parseOptions } from '../src/panels/schemas.ts'
import { optionsOf } from '../src/state/choices.ts'
import type { Command } from '../src/state/command.ts'
import { find, MOST_SHOWN } from '../src/state/find.ts'
import { matchScore } from '../src/state/match.ts'
import { recent, remember } from '../src/state/recent.ts'

function command(title: string, more: Partial<Command> = {}): Command {
  return { id: title, title, group: 'Instrument', run: () => {}, ...more }
}

const BTC = command('BTC-USD · coinbase', { words: 'coinbase:BTC-USD BTCUSD' })
const ETH = command('ETH-BTC · kraken', { words: 'kraken:ETH-BTC ETHBTC' })
const THEME = command('Theme dark', { group: 'Settings' })
const ALL = [THEME, BTC, ETH]

const titles = (query: string, done: readonly string[] = []): readonly string[] =>
  find(ALL, query, done).sections.flatMap(({ commands }) => commands.map(({ title }) => title))

test.each([
  { query: 'btc', want: ['BTC-USD · coinbase', 'ETH-BTC · kraken'] },
  { query: 'eth', want: ['ETH-BTC · kraken'] },
  { query: 'kraken', want: ['ETH-BTC · kraken'] },
  { query: 'ethbtc', want: ['ETH-BTC · kraken'] },
  { query: 'BTC/USD', want: ['BTC-USD · coinbase'] },
  { query: 'usd btc', want: ['BTC-USD · coinbase'] },
  { query: 'settings dark', want: ['Theme dark'] },
  { query: 'thdark', want: ['Theme dark'] },
  { query: 'ÉTH', want: ['ETH-BTC · kraken'] },
  { query: 'doge', want: [] },
  { query: '  ', want: ['Theme dark', 'BTC-USD · coinbase', 'ETH-BTC · kraken'] },
])('“$query” finds $want, the best first', ({ query, want }) => {
  expect(titles(query)).toEqual(want)
})

test('a number with a point is found as it is written', () => {
  expect(matchScore('0.5', 'Price grouping 0.5')).toBeGreaterThan(matchScore('0.5', 'Price grouping 0.05'))
  expect(matchScore('0.5', 'Price grouping 25')).toBe(0)
})

test('whatever a command is called, its whole name and each of its words find it', () => {
  const name = fc.stringMatching(/^[a-z]{1,8}( [a-z]{1,8}){0,3}$/)
  fc.assert(
    fc.property(name, (title) => {
      expect(matchScore(title, title)).toBeGreaterThan(0.5)
      for (const word of title.split(' ')) expect(matchScore(word, title)).toBeGreaterThan(0)
    }),
  )
})

test('what was done last comes first while nothing is typed, and breaks a tie when something is', () => {
  expect(find(ALL, '', [ETH.id, 'gone']).sections.map(({ title, commands }) => [title, commands.length])).toEqual([
    ['Recent', 1],
    ['Settings', 1],
    ['Instrument', 1],
  ])
  const twins = [command('Layout one'), command('Layout two')]
  expect(find(twins, 'layout', ['Layout two']).sections[0]?.commands[0]?.title).toBe('Layout two')
})

test('a long list is cut, and says by how much', () => {
  const many = Array.from({ length: MOST_SHOWN + 7 }, (_, index) => command(`Coin ${index}`))
  const { sections, left } = find(many, 'coin', [])
  expect([sections.flatMap(({ commands }) => commands).length, left]).toEqual([MOST_SHOWN, 7])
})

test('the last six commands are remembered, each once, and rubbish in the storage is none', () => {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
  }
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'b']) remember(storage, id)
  expect(recent(storage)).toEqual(['b', 'g', 'f', 'e', 'd', 'c'])
  expect(recent({ getItem: () => '{"a":' })).toEqual([])
  expect(recent({ getItem: () => '[1,"a"]' })).toEqual(['a'])
})

test('every choice that is offered is one that the schema of its kind takes', () => {
  for (const kind of PANEL_KINDS)
    for (const { name, several, choices, text } of optionsOf(kind))
      for (const choice of choices) {
        const value = several ? [choice] : choice
        expect(parseOptions(kind, { [name]: value })[name], `${kind} ${name}`).toEqual(value)
        expect(text(choice, undefined)).not.toBe('')
      }
})

test('a chart offers its intervals, and a book its groupings as price steps', () => {
  expect(optionsOf('chart').find(({ name }) => name === 'interval')?.choices).toContain('5m')
  const grouping = optionsOf('ladder').find(({ name }) => name === 'grouping')
  const instrument = { id: 'a:B-C', venue: 'a', base: 'B', quote: 'C', tickSize: '0.05', lotSize: '1', state: 'live' }
  expect(grouping?.text(10, instrument)).toBe('0.5')
})
