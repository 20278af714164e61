/** As many as a list holds. */
const MOST_LISTED = 200

/** The list with an instrument at its end; unchanged where it is there already, or the list is full. */
export function listWith(list: readonly string[], symbol: string): readonly string[] {
  return list.includes(symbol) || list.length >= MOST_LISTED ? list : [...list, symbol]
}

export function listWithout(list: readonly string[], symbol: string): readonly string[] {
  return list.filter((each) => each !== symbol)
}

/** The list with one of its instruments a place further up (-1) or down (1); at either end it stays. */
export function listMoved(list: readonly string[], symbol: string, by: -1 | 1): readonly string[] {
  const from = list.indexOf(symbol)
  const to = from + by
  if (from < 0 || to < 0 || to >= list.length) return list
  const rest = listWithout(list, symbol)
  return [...rest.slice(0, to), symbol, ...rest.slice(to)]
}
