import { percentile } from '../stats.ts'
import { Client, type Tally } from './client.ts'
import type { Connect, LoadOrder, LoadWord, Received } from './order.ts'

/** The clients of one server, in a process of their own, driven over IPC. Ends with its parent. */
process.on('disconnect', () => process.exit(0))
process.on('message', (order: LoadOrder) => {
  carryOut(order).then(say, (error: Error) => say({ failed: error.message }))
})

/** Handshakes at once. */
const CONNECTING = 100
/** Not all at once: then each would wait for the reading of the others, and that would be measured. */
const WAKE_EVERY_MS = 10
const tally: Tally = { messages: 0, payloadBytes: 0, bytes: 0, gaps: 0, lost: 0, latencies: [] }
let clients: Client[] = []

let awake: NodeJS.Immediate | undefined

/**
 * Looks for input without ever sleeping. Waking a process on another core is work of the one that sends, here as much as the sending itself,
 * and clients on the other side of a network are not woken by the server.
 */
function stayAwake(): void {
  awake = setImmediate(stayAwake)
}

async function carryOut(order: LoadOrder): Promise<LoadWord> {
  switch (order.op) {
    case 'connect':
      await open(order)
      return { connected: clients.length }
    case 'slow':
      clients.slice(0, order.stalled + order.trickling).forEach((client, index) => {
        client.pace(index < order.stalled ? 'stalled' : 'trickle')
      })
      return { done: 'slow' }
    case 'wake':
      for (const client of clients) {
        if (client.pace('full')) await after(WAKE_EVERY_MS)
      }
      return { done: 'wake' }
    case 'reset':
      Object.assign(tally, { messages: 0, payloadBytes: 0, bytes: 0, gaps: 0, latencies: [] })
      stayAwake()
      return { done: 'reset' }
    case 'report':
      clearImmediate(awake)
      return { received: report() }
    case 'cut':
      for (const client of clients) client.cut()
      clients = []
      return { done: 'cut' }
  }
}

async function open({
  dialect,
  port,
  clients: count,
  channels,
  rates,
  sampled,
  confirm,
  since,
}: Connect): Promise<void> {
  const every = Math.max(1, Math.floor(count / Math.max(1, sampled)))
  const opened: Promise<void>[] = []
  for (let index = 0; index < count; index++) {
    const rate = rates[index % rates.length]!
    const wish = { channels: channelsOf(channels, index), rate, ...(since === undefined ? {} : { since }) }
    // The last of each stretch: the first ones may be told to be slow.
    const isSampled = sampled > 0 && index % every === every - 1
    const client = new Client({ dialect, port, wish, sampled: isSampled, confirm }, tally)
    clients.push(client)
    opened.push(client.ready)
    if (opened.length >= CONNECTING) await Promise.all(opened.splice(0))
  }
  await Promise.all(opened)
}

function channelsOf(channels: Connect['channels'], index: number): readonly number[] {
  if ('all' in channels) return Array.from({ length: channels.all }, (_, channel) => channel)
  return 'spread' in channels ? [index % channels.spread] : []
}

function report(): Received {
  const { messages, payloadBytes, bytes, gaps, lost, latencies } = tally
  const verifiers = clients.flatMap(({ verifier }) => (verifier === undefined ? [] : [verifier]))
  const complaint = verifiers.find((verifier) => verifier.complaint !== undefined)?.complaint
  return {
    messages,
    payloadBytes,
    bytes,
    gaps,
    lost,
    latency: { count: latencies.length, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) },
    checked: verifiers.reduce((sum, { checked }) => sum + checked, 0),
    wrong: verifiers.reduce((sum, { wrong }) => sum + wrong, 0),
    ...(complaint === undefined ? {} : { complaint }),
    position: verifiers.at(-1)?.position,
    woken: clients.flatMap((client) => client.woken() ?? []),
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function say(word: LoadWord): void {
  process.send?.(word)
}
