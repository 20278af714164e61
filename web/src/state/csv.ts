import type { Text } from './panel.ts'

/** A table as RFC 4180 has it: a header row, lines that end in CR LF, and quotes around what would be taken for something else. */
export function toCsv({ columns, rows }: Pick<Text, 'columns' | 'rows'>): string {
  return [columns, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('')
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
