/** How a region writes: where its locale puts separators, and its zone. Digits are always 0 to 9, because the canvas columns are measured in them. */
export type NumberStyle = {
  readonly group: string
  readonly decimal: string
  /** Digits in the group next to the decimal separator, and in those left of it (3 and 2 in India). */
  readonly primary: number
  readonly secondary: number
  /** Digits an integer needs before it is grouped at all (5 in Spain). */
  readonly groupFrom: number
  /** By whose clocks times are told, IANA. */
  readonly timeZone: string
}

export function numberStyle(locale: string, timeZone = 'UTC'): NumberStyle {
  const format = new Intl.NumberFormat(locale, { numberingSystem: 'latn', minimumFractionDigits: 1 })
  const parts = format.formatToParts(123_456_789_012.5)
  const groups = parts.filter((part) => part.type === 'integer').map((part) => part.value.length)
  const groupOf4 = format.formatToParts(1234).some((part) => part.type === 'group')
  const primary = groups.at(-1) ?? 3
  return {
    group: parts.find((part) => part.type === 'group')?.value ?? '',
    decimal: parts.find((part) => part.type === 'decimal')?.value ?? '.',
    primary,
    secondary: groups.at(-2) ?? primary,
    groupFrom: groupOf4 ? 4 : 5,
    timeZone,
  }
}
