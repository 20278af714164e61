#!/usr/bin/env node
// Plain JavaScript, so that a Node too old for the program can still say so.
const NEEDED = 24
const major = Number(process.versions.node.split('.')[0])
if (major < NEEDED) {
  process.stderr.write(
    `depthcast-sim needs Node ${NEEDED} or newer, this is ${process.versions.node}: run \`npm run sim -- <command>\`, which brings its own\n`,
  )
  process.exitCode = 2
} else {
  await import('../src/main.ts')
}
