/** One way of saying who one is. */
export type AuthMode =
  | { readonly kind: 'keys'; readonly file: string }
  | { readonly kind: 'jwt'; readonly source: string | URL }

export const AUTH_ALLOWED = 'none, or keys:<file> and jwt:<file or https URL> with commas between'

/** `none`, or `keys:<file>,jwt:<file or https URL>`. Undefined for anything else. */
export function readAuthModes(text: string): readonly AuthMode[] | undefined {
  if (text === 'none') return []
  const modes = text.split(',').map((part) => readMode(part.trim()))
  return modes.every((mode) => mode !== undefined) ? modes : undefined
}

function readMode(text: string): AuthMode | undefined {
  const [, kind, rest = ''] = /^(keys|jwt):(.+)$/.exec(text) ?? []
  if (kind === 'keys') return { kind, file: rest }
  if (kind !== 'jwt') return undefined
  if (!/^\w+:\/\//.test(rest)) return { kind, source: rest }
  const source = URL.parse(rest)
  return source !== null && isSafe(source) ? { kind, source } : undefined
}

/** Who can change the keys on their way can let anyone in; on this machine there is no way between. */
function isSafe({ protocol, hostname, username, password }: URL): boolean {
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
}
