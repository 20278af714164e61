import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Builds the dashboard into `web/dist`, unless what is there was built from the very same files. Says nothing unless it fails.
 *
 * `node web/build.ts` before every start costs a few milliseconds when nothing changed; `--force` builds whatever the stamp says.
 */
const web = fileURLToPath(new URL('.', import.meta.url))
const root = join(web, '..')
const stampFile = join(web, 'dist', '.built-from')

const stamp = sourcesHash()
if (process.argv.includes('--force') || !isBuiltFrom(stamp)) {
  // Vite takes longer to load than the check does.
  const { build } = await import('vite')
  await build({ configFile: join(web, 'vite.config.ts'), logLevel: 'error' })
  writeFileSync(stampFile, `${stamp}\n`)
}

function isBuiltFrom(hash: string): boolean {
  return (
    existsSync(stampFile) &&
    existsSync(join(web, 'dist', 'index.html')) &&
    readFileSync(stampFile, 'utf8').trim() === hash
  )
}

/** Everything that ends up in the bundle or decides how: contents, not times, since a checkout sets those anew. */
function sourcesHash(): string {
  const sources = [
    ...['index.html', 'package.json', 'vite.config.ts', 'build.ts', 'src', 'public'].map((name) => join(web, name)),
    ...['market', 'protocol', 'client'].map((name) => join(root, name, 'src')),
    join(root, 'package-lock.json'),
  ]
  const hash = createHash('sha256')
  for (const file of sources.flatMap(filesUnder))
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  return hash.digest('hex')
}

function filesUnder(path: string): string[] {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
