import { readFileSync } from 'node:fs'

/** The first block of code under a heading of a page of docs/, its language as it is written there. */
export function exampleUnder(page: string, heading: string, language: string): string {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8')
  const section = text.split(/^#+ /m).find((one) => one.startsWith(`${heading}\n`))
  const code = section?.split(`\`\`\`${language}\n`)[1]?.split('\n```')[0]
  if (code === undefined) throw new Error(`no ${language} under "${heading}" of ${page}`)
  return code
}

/** The same code for the gateway and the instrument of a test. */
export function adapted(code: string, { host, symbol }: { readonly host: string; readonly symbol: string }): string {
  return code.replaceAll('127.0.0.1:8080', host).replaceAll('simulated:BTC-USD', symbol)
}
