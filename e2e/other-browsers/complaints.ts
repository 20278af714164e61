import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Tab } from './tab.ts'

const BUILT = process.env.DEPTHCAST_WEB_DIR ?? fileURLToPath(new URL('../../web/dist', import.meta.url))

/** Runs before anything of the page does, since no driver tells the console of every browser. */
const LISTENER = `
  const complaints = (window.complaints = [])
  const say = (kind) => (event) => {
    // A preload is a hint: who does not know its kind says so, and fetches the file when it is needed.
    if (event.target?.rel === 'modulepreload') return
    complaints.push(kind + ': ' + (event.message ?? event.reason ?? event.violatedDirective ?? event.target?.outerHTML))
  }
  addEventListener('error', say('error'), true)
  addEventListener('unhandledrejection', say('rejection'))
  addEventListener('securitypolicyviolation', say('forbidden'))
  const { error } = console
  console.error = (...words) => { complaints.push('console: ' + words.join(' ')); error(...words) }
  // What a page would have a person save.
  const made = (window.made = [])
  const { createObjectURL } = URL
  URL.createObjectURL = (blob) => { made.push(blob); return createObjectURL.call(URL, blob) }
`

/** The page as it was built, and a listener for what goes wrong on it and for what it saves. */
export function listeningPage(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'depthcast-page-'))
  cpSync(BUILT, dir, { recursive: true })
  writeFileSync(join(dir, 'listener.js'), LISTENER)
  const index = join(dir, 'index.html')
  const page = readFileSync(index, 'utf8')
  writeFileSync(index, page.replace('<head>', '<head><script src="/listener.js"></script>'))
  for (const packed of ['br', 'gz']) rmSync(`${index}.${packed}`, { force: true })
  return { dir, remove: () => rmSync(dir, { recursive: true }) }
}

export function complaints(tab: Tab): Promise<readonly string[]> {
  return tab.run(() => (window as unknown as { complaints: string[] }).complaints, undefined)
}

/** The bytes of what the page saved last, and their type; undefined while it saved nothing. */
export async function saved(tab: Tab): Promise<{ readonly type: string; readonly bytes: Buffer } | undefined> {
  const last = await tab.run(async () => {
    const blob = (window as unknown as { made: Blob[] }).made.at(-1)
    if (blob === undefined) return undefined
    const bytes = new Uint8Array(await blob.arrayBuffer())
    return { type: blob.type, bytes: [...bytes].map((byte) => String.fromCharCode(byte)).join('') }
  }, undefined)
  return last && { type: last.type, bytes: Buffer.from(last.bytes, 'latin1') }
}
