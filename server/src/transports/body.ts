import { packMessage, type ServerMessage } from '@depthcast/protocol'

/** A message without its type, which every door says in a place of its own: named fields as text, packed for msgpack. */
export function bodyOf(message: ServerMessage, text: boolean): unknown {
  return text ? named(message) : packMessage(message)
}

function named({ type: _type, ...body }: ServerMessage): object {
  return body
}
