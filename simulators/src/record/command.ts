import { FEED_NAMES, readVenueUrls } from '@depthcast/feeds'
import { Argument, type Command, InvalidArgumentError } from 'commander'
import { command, examples, refusing } from '../command.ts'
import { duration, symbols } from '../flags.ts'
import type { Output } from '../output.ts'
import { RECORDABLE, type RecordOptions, record } from './record.ts'

type Flags = Partial<Pick<RecordOptions, 'symbols' | 'duration' | 'depth'>> & {
  readonly out: string
  readonly venueUrl?: NonNullable<ReturnType<typeof readVenueUrls>>
  readonly progress?: true
}

export function recordCommand(output: Output, exit: (code: number) => void): Command {
  return command('record', output)
    .summary("keep a venue's traffic in a file, verbatim")
    .description(
      "Record a venue's traffic: every frame both ways, REST, pings and closes, verbatim and timed, until Ctrl-C.\nWhat was recorded plays again with replay, is put to the test with check, and feeds a gateway with --feed replay:<file>.",
    )
    .addArgument(new Argument('<venue>', 'whose traffic').choices(RECORDABLE))
    .requiredOption('--out <file>', 'where to, a new file; gzipped where it ends in .gz')
    .option('--symbols <list>', 'only these, e.g. BTC-USD,ETH-USD; else the usual ones of the venue', symbols)
    .option('--venue-url <origin>', 'where the venue is, e.g. http://127.0.0.1:9100 for an emulator', venueUrl)
    .option('--depth <levels>', 'levels a side of its books, where the venue lets one choose: kraken', levels)
    .option('--duration <time>', 'stop after so much time, e.g. 30s, 10m, 1h', duration)
    .option('--progress', 'a line a second on stderr also where that is no terminal')
    .addHelpText(
      'after',
      `\nThe file can be read at any time, also after the recorder was killed: it lacks the last second at most.\nExit code 1 when the venue sent nothing, 2 when the arguments are wrong.\n${examples(
        'record coinbase --out coinbase.ndjson.gz --symbols BTC-USD --duration 60s',
        'record kraken --out kraken.ndjson.gz --venue-url http://127.0.0.1:9100',
      )}`,
    )
    .action(async (venue: string, flags: Flags) => {
      const { out, symbols, depth } = flags
      const options = { venue, out, symbols, depth, venueUrl: flags.venueUrl?.[venue] }
      const until = flags.duration ?? Number.POSITIVE_INFINITY
      exit(
        await refusing('record', output, () =>
          record({ ...options, duration: until, progress: flags.progress ?? false }, output),
        ),
      )
    })
}

function levels(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Allowed is a number of levels, e.g. 10.')
}

function venueUrl(text: string): NonNullable<ReturnType<typeof readVenueUrls>> {
  const read = readVenueUrls(text, FEED_NAMES)
  if (read !== undefined) return read
  throw new InvalidArgumentError('Allowed is an origin such as http://127.0.0.1:9100.')
}
