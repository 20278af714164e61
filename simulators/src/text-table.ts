/** Rows of cells as lines: columns as wide as their widest cell, the first `words` of them to the left, numbers to the right. */
export function textTable(rows: readonly (readonly string[])[], words = 1): readonly string[] {
  const widths: number[] = []
  for (const cells of rows) {
    for (const [column, cell] of cells.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  const padded = (cell: string, column: number) =>
    column < words ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  return rows.map((cells) => cells.map(padded).join('  ').trimEnd())
}
