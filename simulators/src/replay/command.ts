import { FeedConfigError, openCapture, survey } from '@depthcast/feeds'
import { type Command, Option } from 'commander'
import { command, examples, refusing } from '../command.ts'
import { port, speed, symbols } from '../flags.ts'
import type { Output } from '../output.ts'
import { count, progress } from '../progress.ts'
import { replay } from './replay.ts'
import { serveReplay } from './serve.ts'

type Flags = {
  readonly speed: number
  readonly symbols?: readonly string[]
  readonly json?: true
  readonly digest?: true
  readonly serve?: 'ws'
  readonly port: number
  readonly loop?: true
  readonly progress?: true
}

export function replayCommand(output: Output, exit: (code: number) => void): Command {
  return command('replay', output)
    .summary('print what recordings hold, or serve them as the venue did')
    .description(
      "Play recordings through their venues' protocols and print the events, or serve them over a real socket as the venue did.",
    )
    .argument('<capture...>', 'recorded traffic, one file a recording')
    .option('--speed <n>', 'times the recorded pace, or max: as fast as it goes', speed, 1)
    .option('--symbols <list>', 'print only these, e.g. BTC-USD,ETH-USD', symbols)
    .option('--json', 'one JSON object a line: instruments, then events, in ticks, lots and µs since 1970')
    .option('--digest', 'print in place of the events their SHA-256, that of what --json prints; at top speed')
    .addOption(
      new Option('--serve <how>', 'serve the traffic on this machine instead of printing events')
        .choices(['ws'])
        .conflicts(['json', 'digest', 'symbols']),
    )
    .option('--port <n>', 'where to serve; 0 for any that is free', port, 9100)
    .option('--loop', 'when served: begin again at the end')
    .option('--progress', 'a line a second on stderr also where that is no terminal')
    .addHelpText(
      'after',
      `\nServed, a client gets at the venue's own paths what the recorder got, at its pace, whatever it asks for; REST is answered by the recorded replies.\nExit code 1 when the code could not read all of it, 2 when a file is no recording.\n${examples(
        'replay coinbase.ndjson.gz --speed 10',
        'replay coinbase.ndjson.gz --digest',
        'replay kraken.ndjson.gz --serve ws --port 9100 --loop',
      )}`,
    )
    .action(async (files: readonly string[], flags: Flags) => {
      const run = (): Promise<number> =>
        flags.serve === undefined ? printed(files, flags, output) : served(files, flags, output)
      exit(await refusing('replay', output, run))
    })
}

function printed(files: readonly string[], flags: Flags, output: Output): Promise<number> {
  if (flags.loop) throw new FeedConfigError('--loop goes with --serve ws')
  const { json = false, digest = false, symbols } = flags
  const speed = digest ? Number.POSITIVE_INFINITY : flags.speed
  return replay(files, { speed, symbols, json, digest, progress: flags.progress ?? false }, output)
}

async function served(files: readonly string[], flags: Flags, output: Output): Promise<number> {
  const { port, speed, loop = false } = flags
  const captures = files.map(openCapture)
  const recorded = captures.flatMap(survey)
  const server = await serveReplay(captures, { port, speed, loops: loop })
  const origin = `http://127.0.0.1:${server.port}`
  const venues = [...new Set(recorded.map(({ venue }) => venue.id))].join(',')
  const symbols = [
    ...new Set(recorded.flatMap(({ instruments }) => instruments.map(({ base, quote }) => `${base}-${quote}`))),
  ]
  output.note(
    `serving ${(server.venue.length / 1e6).toFixed(1)} s of ${venues} at ${origin}, sockets and REST, until Ctrl-C`,
  )
  output.note(`a gateway on it:  npm start -- --feed ${venues} --symbols ${symbols.join(',')} --venue-url ${origin}`)
  for (const { venue } of recorded) {
    for (const { url } of venue.directory({}).requests) {
      const { pathname } = new URL(url)
      if (server.venue.paths.includes(pathname)) continue
      output.note(`the recording has no reply at ${pathname}: a gateway asks ${venue.id} for it first and will wait`)
    }
  }
  const line = () => `serving at ${origin}: ${server.clients} connected, ${count(server.frames)} frames sent`
  const done = progress(output, line, flags.progress ?? false)
  await Promise.race([server.over, new Promise((resolve) => output.ended.addEventListener('abort', resolve))])
  done()
  await server.close()
  output.note(`served ${count(server.frames)} frames${output.ended.aborted ? '' : ': the recording is over'}`)
  return 0
}
