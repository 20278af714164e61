/** What to do about a refusal, in one or two sentences. The server's own words begin with the reason (docs/operations.md, "Who may connect"). */
export function adviceFor({ code, reason }: Refusal): string {
  if (code === 406)
    return 'Close another page or program that uses it, or give another token. This page keeps trying by itself.'
  const word = /^([a-z]+): /.exec(reason)?.[1] ?? ''
  return ADVICE[word] ?? (code === 401 ? ADVICE.unknown : ADVICE.origin) ?? ''
}

/** Why a text cannot be a token, before anybody is asked; undefined where it may be one. */
export function faultOf(text: string): string | undefined {
  if (text === '') return 'There is nothing in the field.'
  if (text.length > MAX_TOKEN) return `A token has at most ${MAX_TOKEN} characters, this one ${text.length}.`
  if (!/^[\x21-\x7e]*$/.test(text))
    return 'A token is one word of letters, digits and signs: this holds a space, a line break or another letter.'
  return undefined
}

/** What was copied along with a token: spaces around it, quotes, the word of the header it came from. */
export function cleaned(pasted: string): string {
  return pasted
    .trim()
    .replace(/^(authorization:\s*)?bearer\s+/i, '')
    .replace(/^(["'])(.*)\1$/, '$2')
}

/** What the gateway takes, in a handshake and in a header. */
const MAX_TOKEN = 4096

const ADVICE: Readonly<Record<string, string>> = {
  missing: 'Paste the API key or JSON Web Token that the operator of this gateway gave you.',
  malformed: 'See that it was copied whole, and nothing else with it.',
  unknown:
    'See that it was copied whole, and that it is for this gateway. Keys can be withdrawn: then ask the operator for another.',
  signature: 'See that it was copied whole, and that it is for this gateway.',
  expired: 'Get a fresh one, and paste it here.',
  claims: 'It was made for something else: ask who issued it.',
  unavailable: 'The gateway cannot tell at present whether a token is good. This page keeps trying by itself.',
  origin: "No token helps here: the gateway's operator can allow this page with --allow-origin.",
}

type Refusal = { readonly code: number; readonly reason: string }
