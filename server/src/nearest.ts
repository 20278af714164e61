/** At most `limit` of `names` that look like a slip of `text`, nearest first. */
export function nearest(text: string, names: Iterable<string>, limit = 3): readonly string[] {
  if (limit === 0) return []
  const wanted = text.toLowerCase()
  const scored: { readonly name: string; readonly distance: number }[] = []
  for (const name of names) {
    const candidate = name.toLowerCase()
    const most = Math.max(2, Math.floor(candidate.length / 3))
    const distance = candidate.includes(wanted) && wanted.length > 1 ? 0.5 : editDistance(wanted, candidate, most)
    if (distance <= most) scored.push({ name, distance })
  }
  return scored
    .sort((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ name }) => name)
}

/** Letters to insert, delete or replace to get from one to the other; Infinity as soon as it is more than `most`, as it almost always is. */
function editDistance(from: string, to: string, most: number): number {
  if (Math.abs(from.length - to.length) > most) return Number.POSITIVE_INFINITY
  let row = Uint16Array.from({ length: to.length + 1 }, (_, column) => column)
  let next = new Uint16Array(to.length + 1)
  for (let i = 1; i <= from.length; i++) {
    const letter = from.charCodeAt(i - 1)
    let [least, left] = [i, i]
    next[0] = i
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (letter === to.charCodeAt(j - 1) ? 0 : 1)
      left = Math.min(replaced, row[j]! + 1, left + 1)
      next[j] = left
      least = Math.min(least, left)
    }
    if (least > most) return Number.POSITIVE_INFINITY
    ;[row, next] = [next, row]
  }
  return row[to.length]!
}
