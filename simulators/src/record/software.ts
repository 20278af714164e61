import { readFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

/** What a recording's header says it was made by. */
export const SOFTWARE = `depthcast-sim ${version}, Node ${process.versions.node}`
