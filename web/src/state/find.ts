import type { Command } from './command.ts'
import { matchScore } from './match.ts'

/** What is shown of a list together: under a heading, the best first. */
export type Section = { readonly title: string; readonly commands: readonly Command[] }

/** More than anyone reads; what is further down is found by another word. */
export const MOST_SHOWN = 60
/** What was done before is what is meant, where two are as good. */
const RECENT_BONUS = 0.05

/**
 * The commands that what was typed finds, the best section first and in it the best command; with nothing typed all of them in their own order,
 * after those done last. At most `MOST_SHOWN`; `left` is how many more there are.
 */
export function find(
  commands: readonly Command[],
  query: string,
  recent: readonly string[],
): { readonly sections: readonly Section[]; readonly left: number } {
  const found = query.trim() === '' ? recentFirst(commands, recent) : bestFirst(commands, query, recent)
  const shown = found.slice(0, MOST_SHOWN)
  const sections = new Map<string, Command[]>()
  for (const { section, command } of shown) sections.set(section, [...(sections.get(section) ?? []), command])
  return {
    sections: [...sections].map(([title, commands]) => ({ title, commands })),
    left: found.length - shown.length,
  }
}

type Found = { readonly section: string; readonly command: Command }

function recentFirst(commands: readonly Command[], recent: readonly string[]): readonly Found[] {
  const done = recent.flatMap((id) => commands.find((command) => command.id === id) ?? [])
  return [
    ...done.map((command) => ({ section: 'Recent', command })),
    ...commands.filter((command) => !done.includes(command)).map((command) => ({ section: command.group, command })),
  ]
}

function bestFirst(commands: readonly Command[], query: string, recent: readonly string[]): readonly Found[] {
  return commands
    .map((command) => ({ section: command.group, command, score: scoreOf(command, query, recent) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
}

function scoreOf({ id, title, group, words = '' }: Command, query: string, recent: readonly string[]): number {
  const score = matchScore(query, title, `${group} ${words}`)
  return score === 0 || !recent.includes(id) ? score : score + RECENT_BONUS
}
