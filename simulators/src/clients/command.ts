import { CHANNEL_NAMES } from '@depthcast/protocol'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { command, examples, refusing } from '../command.ts'
import { duration, symbols } from '../flags.ts'
import type { Output } from '../output.ts'
import { clients, type LoadOptions } from './clients.ts'
import { DOOR_NAMES, type DoorName } from './doors.ts'
import { mix } from './mix.ts'

/** Where `npm start` listens. */
const DEFAULT_URL = 'http://127.0.0.1:8080'
const MOST_CLIENTS = 50_000
const DEFAULT_MIX = 'book:25@100ms,trades,ticker'
const SLOW_SHARE = 0.05

type Flags = Pick<LoadOptions, 'url' | 'count' | 'mix' | 'duration' | 'stalled' | 'churn' | 'verify'> & {
  readonly door: DoorName
  readonly symbols?: readonly string[]
  readonly slow?: NonNullable<LoadOptions['slow']>
  readonly token?: string
  readonly yesRemote?: true
  readonly json?: true
  readonly progress?: true
}

export function clientsCommand(output: Output, exit: (code: number) => void): Command {
  return command('clients', output)
    .summary('put clients on a gateway and verify every book')
    .description(
      'Put clients on a gateway: how late, how much, and whether every book is right. Each takes the whole mix of one symbol; symbols are dealt to them in turn.',
    )
    .option('--url <url>', 'the gateway', DEFAULT_URL)
    .option('--count <n>', `how many clients, 1 to ${MOST_CLIENTS}`, clientCount, 100)
    .addOption(
      new Option('--mix <list>', 'what each takes: <channel>[:<depth>|:<interval>][@<rate>ms|@raw], …')
        .argParser((text) => ({ text, parts: mix(text) }))
        .default({ text: DEFAULT_MIX, parts: mix(DEFAULT_MIX) }, DEFAULT_MIX),
    )
    .option('--symbols <list>', 'only these, e.g. BTC-USD,kraken:ETH-USD; else all the gateway lists', symbols)
    .addOption(
      new Option('--duration <time>', 'how long, from when all are connected')
        .argParser(duration)
        .default(duration('30s'), '30s'),
    )
    .addOption(new Option('--door <name>', 'how they come in').choices(DOOR_NAMES).default('socketio'))
    .addOption(
      new Option('--stalled <share>', 'so many read nothing once they are subscribed, e.g. 5%')
        .argParser(share)
        .default(0, 'none'),
    )
    .option('--slow <pace>', 'a twentieth of them read no faster, e.g. 64kbit, or so many: 10%@64kbit', slow)
    .addOption(
      new Option('--churn <rate>', 'so many leave, each with another in its place, e.g. 1/s')
        .argParser(churn)
        .default(0, 'none'),
    )
    .addOption(
      new Option('--verify <share>', 'hold so many against chain and checksum, e.g. 10%')
        .argParser(share)
        .default('auto', 'all, while the CPU allows'),
    )
    .option('--token <token>', 'who they are, where the gateway asks')
    .option('--yes-remote', 'the gateway is on another machine, and yours to put to the test')
    .option('--json', 'the outcome as one JSON object')
    .option('--progress', 'a line a second on stderr, where that is no terminal; else every five seconds')
    .addHelpText(
      'after',
      `
A part of the mix is a channel: ${CHANNEL_NAMES.join(', ')}. A book may have a depth, book:25 or book:all, candles an interval, candles:1m; a
rate is the least time between two messages, @100ms, or @raw for every update by itself.
While it runs a terminal shows a table on stderr: healthy, slow and stalled clients, and each channel; the report on stdout ends with the same.
Latency is from the stamps in the messages (the gateway's, and the exchange's in it) to our reading, of verified clients; on another machine the
difference of the clocks is in it.
Exit code 1 when any book was wrong or every connection was lost, 2 when the gateway cannot be had.
${examples(
  'clients --count 5000 --mix book:25@100ms,trades,ticker --duration 30s',
  'clients --count 1000 --stalled 5% --slow 10%@64kbit --churn 5/s --json',
  'clients --door websocket --mix book:all@raw --symbols BTC-USD',
)}`,
    )
    .action(async ({ yesRemote, json, progress, symbols, slow, token, ...flags }: Flags) => {
      const options = {
        ...flags,
        symbols,
        slow,
        token,
        remote: yesRemote ?? false,
        json: json ?? false,
        progress: progress ?? false,
      }
      exit(await refusing('clients', output, () => clients(options, output)))
    })
}

function clientCount(text: string): number {
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_CLIENTS) return Number(text)
  throw new InvalidArgumentError(`Allowed is a whole number from 1 to ${MOST_CLIENTS}.`)
}

function share(text: string): number {
  const [, number] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? []
  if (number !== undefined && Number(number) <= 100) return Number(number) / 100
  throw new InvalidArgumentError('Allowed is a share from 0% to 100%.')
}

function slow(text: string): NonNullable<LoadOptions['slow']> {
  const [, part, number, unit] = /^(?:(\d+(?:\.\d+)?%)@)?(\d+(?:\.\d+)?)([km])bit$/.exec(text) ?? []
  const bitsPerSecond = Number(number) * (unit === 'm' ? 1e6 : 1e3)
  if (bitsPerSecond > 0) return { bitsPerSecond, share: part === undefined ? SLOW_SHARE : share(part) }
  throw new InvalidArgumentError('Allowed is a pace such as 64kbit or 1mbit, also with a share before it: 10%@64kbit.')
}

function churn(text: string): number {
  const [, number] = /^(\d+(?:\.\d+)?)\/s$/.exec(text) ?? []
  if (number !== undefined && Number(number) <= 1000) return Number(number)
  throw new InvalidArgumentError('Allowed is a rate from 0/s to 1000/s.')
}
