import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createApp, createLog, loadConfig } from '@depthcast/server'
import { afterAll, expect, test } from 'vitest'
import { type Random, random } from '../../../server/test/fakes/random.ts'
import { DOORS } from './line.ts'
import { Market } from './market.ts'
import type { Want } from './share.ts'
import { Watcher } from './watcher.ts'

/** 40 rounds of 50 clients: two thousand schedules. Two gateways hear the same market; everyone goes from one to the other as the dice say. */
const ROUNDS = Number(process.env.SCHEDULE_ROUNDS ?? 40)
const CLIENTS = 50
const STEPS = 60
/** Rounds that once failed, by their seed. */
const FIRST_SEED = Number(process.env.SCHEDULE_SEED ?? 1)
/** Both gateways of a schedule sign with the same secret. */
const SECRET = join(mkdtempSync(join(tmpdir(), 'schedules-')), 'secret')
writeFileSync(SECRET, 'a secret that is long enough to sign tokens with')
afterAll(() => rmSync(dirname(SECRET), { recursive: true }))

test(`${ROUNDS * CLIENTS} schedules of connecting, stalling, waking, losing, hopping doors, modifying and restarting end with the view as the market is`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const seed = FIRST_SEED + round
    const failures = await play(seed)
    expect(failures, `seed ${seed}`).toEqual([])
  }
}, 600_000)

/** Plays one round; returns what was wrong in the end. */
async function play(seed: number): Promise<readonly string[]> {
  const dice = random(seed)
  const market = new Market(1000 + seed)
  const gateways = await Promise.all([start(market), start(market)])
  const closing: Promise<void>[] = []
  let heard = (): void => {}
  const watchers = Array.from(
    { length: CLIENTS },
    () => new Watcher(market, wants(market, dice), { acks: dice.chance(0.5), heard: () => heard() }),
  )
  for (let step = 0; step < STEPS; step++) {
    for (let n = dice.whole(6); n >= 0; n--) market.step(dice)
    if (dice.chance(0.03)) await restart(dice)
    for (const watcher of watchers) if (dice.chance(0.25)) act(watcher, dice)
    await turn()
  }
  for (const watcher of watchers) {
    watcher.wake()
    watcher.unpause()
    if (!watcher.isConnected || (watcher.door === 'sse' && watcher.hasPaused))
      watcher.connect('websocket-msgpack', anywhere(dice))
  }
  market.mend()
  market.close(dice)
  await levelled()
  const failures = watchers.flatMap((watcher, at) =>
    [...watcher.breaches, ...watcher.differences()].map((what) => `client ${at} (${watcher.door}): ${what}`),
  )
  for (const watcher of watchers) watcher.cut()
  await Promise.all([...closing, ...gateways.map(({ app }) => app.close())])
  return failures

  function anywhere(dice: Random): string {
    return dice.pick(gateways).url
  }

  async function restart(dice: Random): Promise<void> {
    const at = dice.whole(gateways.length)
    const old = gateways[at]
    gateways[at] = await start(market)
    // Takes its time, as it waits for those who read nothing.
    if (old !== undefined) closing.push(old.app.close())
  }

  function act(watcher: Watcher, dice: Random): void {
    const roll = dice.whole(100)
    if (!watcher.isConnected || roll < 15) {
      const doors = watcher.hasTicket ? DOORS : DOORS.filter((door) => door !== 'sse')
      watcher.connect(dice.pick(doors), anywhere(dice))
    } else if (roll < 40) watcher.stall()
    else if (roll < 65) watcher.wake()
    else if (roll < 75) watcher.cut()
    else watcher.modify(dice.whole(4), change(dice))
  }

  /** Until everyone has what the market has, or it has taken so long that nobody will. */
  function levelled(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS)
      const open = new Set(watchers)
      heard = () => {
        for (const watcher of open) {
          if (!watcher.isConnected) watcher.connect('websocket-msgpack', anywhere(dice))
          else if (watcher.differences().length === 0) open.delete(watcher)
        }
        if (open.size > 0) return
        // Who was level may have found out since that its gateway has gone.
        for (const watcher of watchers) if (watcher.differences().length > 0) open.add(watcher)
        if (open.size > 0) {
          setImmediate(heard)
          return
        }
        clearTimeout(timer)
        resolve()
      }
      heard()
    })
  }
}

const PATIENCE_MS = 30_000

async function start(market: Market) {
  const config = loadConfig(['--port', '0', '--heartbeat', '500', '--window', '4096', '--resume-secret', SECRET])
  const app = createApp(config, { feed: market.feed(), log: createLog('silent') })
  const { url } = await app.listen()
  return { app, url }
}

/** Views that never become the same one, whatever is modified: each of another channel or symbol. */
function wants(market: Market, dice: Random): readonly Want[] {
  const [btc = '', eth = ''] = market.symbols
  const rate = () => ({ rateMs: dice.pick([10, 20, 'raw'] as const) })
  const all: readonly Want[] = [
    { channel: 'book', symbol: btc, options: { depth: dice.pick([5, 25]), ...rate() } },
    { channel: 'book', symbol: eth, options: { depth: 10, mode: 'unfiltered', ...rate() } },
    { channel: 'trades', symbol: btc, options: rate() },
    { channel: 'trades', symbol: eth, options: rate() },
    { channel: 'ticker', symbol: btc, options: rate() },
    { channel: 'candles', symbol: eth, options: { interval: '1m', ...rate() } },
  ]
  const chosen = all.filter(() => dice.chance(0.5))
  return chosen.length > 0 ? chosen : all.slice(0, 1)
}

function change(dice: Random) {
  return dice.pick([
    { depth: dice.pick([1, 5, 10, 25]) },
    { grouping: dice.pick([1, 2, 5]) },
    { rateMs: dice.pick([10, 20, 'raw'] as const) },
    { mode: dice.pick(['merge', 'unfiltered'] as const) },
    { paused: true },
    { paused: false },
  ])
}

/** Lets sockets speak, a little or a little longer. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
