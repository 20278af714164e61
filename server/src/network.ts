const GROUPS = 8
/** What one household, office or rented server is given, and may use every address of. Source: RFC 6177. */
const NETWORK_GROUPS = 4

/**
 * Whose address this is, where clients are counted by it: an IPv4 address, or the first 64 bits of an IPv6 one, as whoever has one of those has all
 * of them. An IPv4 address within IPv6, as a socket that listens to both has them, is the IPv4 address.
 */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%')
  if (!plain.includes(':')) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  const [head = '', tail = ''] = plain.split('::')
  const [first, last] = [groupsOf(head), groupsOf(tail)]
  const between = Array.from({ length: Math.max(0, GROUPS - first.length - last.length) }, () => '0')
  return `${[...first, ...between, ...last].slice(0, NETWORK_GROUPS).join(':')}::/64`
}

/** Without leading zeros, as nobody has to write them. */
function groupsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16).toString(16))
}
