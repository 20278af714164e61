import type { IncomingMessage } from 'node:http'

/**
 * The parameters of a POST: those of its address, and those of its body, a form or JSON. What the address says stands. Kraken takes a public question
 * either way. A body of more than `mostBytes`, or one that ends too early, has none.
 */
export async function withBody(
  request: IncomingMessage,
  query: URLSearchParams,
  mostBytes: number,
): Promise<URLSearchParams> {
  const all = new URLSearchParams(query)
  const text = await bodyOf(request, mostBytes)
  for (const [name, value] of parametersIn(text)) if (!query.has(name)) all.append(name, value)
  return all
}

async function bodyOf(request: IncomingMessage, mostBytes: number): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length
      if (bytes <= mostBytes) parts.push(part)
    }
  } catch {
    return ''
  }
  return bytes > mostBytes ? '' : Buffer.concat(parts).toString('utf8')
}

function parametersIn(body: string): Iterable<readonly [string, string]> {
  if (!body.trimStart().startsWith('{')) return new URLSearchParams(body)
  try {
    return Object.entries(JSON.parse(body) as object).map(([name, value]) => [name, String(value)] as const)
  } catch {
    return []
  }
}
