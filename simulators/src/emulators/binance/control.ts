import { isRecord } from '../json.ts'

const METHODS = ['SUBSCRIBE', 'UNSUBSCRIBE', 'LIST_SUBSCRIPTIONS', 'SET_PROPERTY', 'GET_PROPERTY'] as const
type Method = (typeof METHODS)[number]

/** What a client asks for; `id` as it stood in its message, for the answer. */
export type Control =
  | { readonly kind: 'subscribe' | 'unsubscribe'; readonly id: string; readonly streams: readonly string[] }
  | { readonly kind: 'list' | 'get-combined'; readonly id: string }
  | { readonly kind: 'set-combined'; readonly id: string; readonly combined: boolean }
  | { readonly kind: 'refused'; readonly answer: string }

/**
 * Reads a client's message; one that is none is `refused`, in the venue's words and with its codes: 0 a property nobody knows, 1 a value of the
 * wrong type, 2 not a request, 3 not JSON. Source: binance-spot-api-docs, web-socket-streams.md, "Error Messages".
 */
export function parseControl(text: string): Control {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch (error) {
    return refused(3, `Invalid JSON: expected value at ${place(text, error)}`)
  }
  if (!isRecord(message)) return refused(3, 'Invalid JSON: expected value at line 1 column 1')
  const id = idOf(message.id, text)
  const { method, params } = message
  if (method === undefined) return refused(2, `Invalid request: missing field \`method\` at ${end(text)}`, id)
  const known = METHODS.find((one) => one === method)
  if (known === undefined) return refused(2, `Invalid request: ${unknownVariant(method, text)}`, id)
  if (id === undefined) return refused(2, 'Invalid request: request ID must be an unsigned integer')
  return parameters(known, params, id)
}

/** The answer to what has nothing to say. */
export function done(id: string): string {
  return result(id, 'null')
}

export function result(id: string, value: string): string {
  return `{"result":${value},"id":${id}}`
}

export function refused(code: 0 | 1 | 2 | 3, reason: string, id?: string): Extract<Control, { kind: 'refused' }> {
  const which = id === undefined ? '' : `,"id":${id}`
  return { kind: 'refused', answer: `{"code":${code},"msg":${JSON.stringify(reason)}${which}}` }
}

function parameters(method: Method, params: unknown, id: string): Control {
  const list: readonly unknown[] = Array.isArray(params) ? params : []
  switch (method) {
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE': {
      const streams = list.filter((one) => typeof one === 'string')
      if (!Array.isArray(params) || streams.length < list.length) {
        return refused(2, 'Invalid request: params must be a list of stream names', id)
      }
      return { kind: method === 'SUBSCRIBE' ? 'subscribe' : 'unsubscribe', id, streams }
    }
    case 'LIST_SUBSCRIPTIONS':
      return list.length > 0 ? tooMany(id) : { kind: 'list', id }
    case 'GET_PROPERTY':
      if (list.length > 1) return tooMany(id)
      return property(list[0], id) ?? { kind: 'get-combined', id }
    case 'SET_PROPERTY': {
      if (list.length > 2) return tooMany(id)
      const [name, combined] = list
      const wrong = property(name, id)
      if (wrong !== undefined) return wrong
      if (typeof combined !== 'boolean') return refused(1, 'Invalid value type: expected Boolean', id)
      return { kind: 'set-combined', id, combined }
    }
  }
}

function property(name: unknown, id: string): Control | undefined {
  if (typeof name !== 'string') return refused(2, 'Invalid request: property name must be a string', id)
  return name === 'combined' ? undefined : refused(0, 'Unknown property', id)
}

function tooMany(id: string): Control {
  return refused(2, 'Invalid request: too many parameters', id)
}

/** A 64-bit whole number, up to 36 letters and digits, or null, as JSON; undefined for what is none of them. */
function idOf(id: unknown, text: string): string | undefined {
  if (id === null) return 'null'
  if (typeof id === 'string') return /^[\w-]{0,36}$/.test(id) ? JSON.stringify(id) : undefined
  if (typeof id !== 'number' || !Number.isInteger(id)) return undefined
  // Beyond 2^53 the digits are only in the text.
  return /"id"\s*:\s*(-?\d{1,19})(?=\s*[,}])/.exec(text)?.[1] ?? String(id)
}

function unknownVariant(method: unknown, text: string): string {
  const literal = JSON.stringify(method)
  const column = text.indexOf(literal) + literal.length
  const names = METHODS.map((one) => `\`${one}\``).join(', ')
  const shown = typeof method === 'string' ? method : literal
  return `unknown variant \`${shown}\`, expected one of ${names} at line 1 column ${column}`
}

function end(text: string): string {
  return `line 1 column ${text.length}`
}

function place(text: string, error: unknown): string {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
  return position === undefined ? `line 1 column ${text === '' ? 0 : 1}` : `line 1 column ${Number(position) + 1}`
}
