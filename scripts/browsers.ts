import { ENGINES, missing } from '../e2e/other-browsers/installed.ts'

/** The first step of `npm run browsers`: names the browsers that are not installed, and so not tried. With none of them there it fails. */
const present = ENGINES.filter((engine) => missing(engine).length === 0)
for (const engine of ENGINES) {
  const gone = missing(engine)
  if (gone.length > 0) console.log(`SKIPPED: ${engine.name}, there is no ${gone.join(' and no ')} (${engine.install})`)
}
if (present.length === 0) {
  console.error('Neither browser is installed: nothing was tried.')
  process.exit(1)
}
