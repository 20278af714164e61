/** At most `limit` of `names` that look like a slip of `text`, nearest first. */
export function nearest(text: string, names: Iterable<string>, limit = 3): readonly string[] {
  const wanted = text.slice(0, MAX_LENGTH).toLowerCase()
  const scored: { readonly name: string; readonly distance: number }[] = []
  for (const name of names) {
    const candidate = name.toLowerCase()
    const distance = candidate.includes(wanted) && wanted.length > 1 ? 0.5 : editDistance(wanted, candidate)
    if (distance <= Math.max(2, Math.floor(candidate.length / 3))) scored.push({ name, distance })
  }
  return scored
    .sort((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ name }) => name)
}

/** Longer than any name there is; what a stranger sends may be longer still. */
const MAX_LENGTH = 64

/** Letters to insert, delete or replace to get from one to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
