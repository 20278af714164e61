import { type Bench, type Report, type Target, type Values, wholeNumbers } from './bench.ts'
import { ENCODINGS, type Encoding, FRAMES, JSON_TEXT } from './codec/encodings.ts'
import { bookMessages, type Market, type Messages, type Sample } from './codec/messages.ts'
import { measure, median } from './measure.ts'

const SEED = 20_261_121
const DEPTH = 25
const SECONDS = 60
/** Messages encoded in one go, so that a go takes some milliseconds. */
const GO = 20_000

/** Bytes of our messages and frames beside the same content in the usual forms, and the time to make and read them. */
export const codecBench: Bench = {
  name: 'codec',
  summary: 'bytes and µs of book messages in our msgpack, JSON, floats, flat integers; and whole frames of each door',
  flags: { rounds: { placeholder: '<n>', fallback: '5', help: 'Rounds, encodings taking turns; the medians count.' } },
  async run(log, values: Values) {
    const market = { seed: SEED, seconds: SECONDS, depth: DEPTH }
    log(`playing ${SECONDS} s of the simulated markets`)
    const messages = bookMessages(market)
    const rounds = wholeNumbers(values, 'rounds')[0]!
    const whole = await timed('snapshot', messages.snapshots, rounds, log)
    const delta = await timed('delta of 4 levels', messages.deltas, rounds, log)
    return [encodingReport([...whole, ...delta], messages, market, rounds), frameReport(messages, market)]
  },
}

type Line = {
  readonly kind: string
  readonly encoding: string
  readonly bytes: number
  readonly share: number
  readonly encodeMicros: number
  readonly decodeMicros: number
}

/** Every encoding over the same messages. */
async function timed(
  kind: string,
  samples: readonly Sample[],
  rounds: number,
  log: (line: string) => void,
): Promise<readonly Line[]> {
  const plain = meanBytes(JSON_TEXT, samples)
  const times = new Map(ENCODINGS.map((encoding) => [encoding, { encode: [] as number[], decode: [] as number[] }]))
  // The first two rounds are for the compiler.
  for (let round = -1; round <= rounds; round++) {
    log(round < 1 ? `${kind}: warming up` : `${kind}: round ${round} of ${rounds}`)
    for (const [encoding, { encode, decode }] of times) {
      const go = Array.from({ length: GO }, (_, at) => encoding.of(samples[at % samples.length]!) as never)
      const encoded: (Uint8Array | string)[] = new Array(GO)
      const making = await measure(() => {
        for (let at = 0; at < GO; at++) encoded[at] = encoding.encode(go[at]!)
      })
      const reading = await measure(() => {
        for (let at = 0; at < GO; at++) encoding.decode(encoded[at] as never)
      })
      if (round < 1) continue
      encode.push((making.seconds / GO) * 1e6)
      decode.push((reading.seconds / GO) * 1e6)
    }
  }
  return [...times].map(([encoding, { encode, decode }]) => {
    const bytes = meanBytes(encoding, samples)
    const micros = { encodeMicros: median(encode), decodeMicros: median(decode) }
    return { kind, encoding: encoding.name, bytes, share: bytes / plain, ...micros }
  })
}

function meanBytes(encoding: Encoding, samples: readonly Sample[]): number {
  return mean(samples.map((sample) => Buffer.byteLength(encoding.encode(encoding.of(sample) as never))))
}

function encodingReport(lines: readonly Line[], messages: Messages, market: Market, rounds: number): Report {
  const ours = (kind: string) => lines.find((line) => line.kind === kind && line.encoding === 'Depthcast msgpack')!
  return {
    title: 'Book messages: bytes, and CPU time to make and to read one',
    conditions: [
      ...marketConditions(messages, market),
      `${rounds} rounds of ${GO} messages taking turns, medians; the time to turn ticks into text or floats is not counted, nor that to turn them back`,
    ],
    columns: ['encoding', 'message', 'bytes', 'of JSON text', 'encode µs', 'decode µs'],
    rows: lines.map(({ kind, encoding, bytes, share, encodeMicros, decodeMicros }) => [
      encoding,
      kind,
      bytes.toFixed(1),
      percent(share),
      encodeMicros.toFixed(2),
      decodeMicros.toFixed(2),
    ]),
    targets: [
      target('snapshot, the message itself: at most 18 % of JSON decimal strings', ours('snapshot').share, 0.18),
      target('delta of 4 levels, the message itself: at most 28 %', ours('delta of 4 levels').share, 0.28),
    ],
    measured: { market, lines },
  }
}

function frameReport(messages: Messages, market: Market): Report {
  const { snapshots, deltas, stream } = messages
  const json = (samples: readonly Sample[]) => meanBytes(JSON_TEXT, samples)
  const plain = { whole: json(snapshots), delta: json(deltas), full: json(stream.map(({ whole }) => whole)) }
  const lines = FRAMES.map(({ name, bytes }) => {
    const size = (samples: readonly Sample[]) => mean(samples.map(bytes))
    const [whole, delta, update] = [size(snapshots), size(deltas), size(stream.map(({ update }) => update))]
    const shares = { whole: whole / plain.whole, delta: delta / plain.delta, stream: update / plain.full }
    return { name, whole, delta, update, shares }
  })
  const ours = lines.filter(({ name }) => name.endsWith('msgpack'))
  return {
    title: 'Frames of each door: bytes on TCP, beside the bare JSON text of the same content',
    conditions: [
      ...marketConditions(messages, market),
      `at 10 Hz: each update's frame beside the whole book of the same moment as JSON text, ${plain.full.toFixed(0)} bytes`,
    ],
    columns: [
      'door',
      'snapshot',
      'of JSON text',
      'delta of 4',
      'of JSON text',
      'update at 10 Hz',
      'of full JSON snapshots',
    ],
    rows: lines.map(({ name, whole, delta, update, shares }) => [
      name,
      whole.toFixed(1),
      percent(shares.whole),
      delta.toFixed(1),
      percent(shares.delta),
      update.toFixed(1),
      percent(shares.stream),
    ]),
    targets: ours.flatMap(({ name, shares }) => [
      target(`${name}, a snapshot's whole frame: at most 18 % of the JSON text`, shares.whole, 0.18),
      target(`${name}, a whole frame with 4 levels: at most 28 %`, shares.delta, 0.28),
      target(`${name}, depth ${DEPTH} at 10 Hz, whole frames: at most 8 % of full JSON snapshots`, shares.stream, 0.08),
    ]),
    measured: { market, plain, lines },
  }
}

function marketConditions(
  { snapshots, deltas, stream }: Messages,
  { seed, seconds, depth }: Market,
): readonly string[] {
  return [
    `${seconds} s of the simulated markets BTC-USD, ETH-USD, SOL-USD and XRP-USD, seed ${seed}, depth ${depth} at 10 Hz, with checksum: ${snapshots.length} snapshots, ${stream.length} updates of ${(mean(stream.map(({ update }) => levelsIn(update))) / 2).toFixed(1)} levels, ${deltas.length} of them with 4`,
  ]
}

function levelsIn({ message }: Sample): number {
  return message.bids.length + message.asks.length
}

function target(claim: string, share: number, limit: number): Target {
  return { claim, measured: percent(share), met: share <= limit }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
