import type { Instrument, Micros } from '@depthcast/market'
import { type BookUpdateMessage, encodeMsgpack, levelsToText, PacketType, packMessage } from '@depthcast/protocol'
import { createApp, createLog, loadConfig, systemClock } from '@depthcast/server'
import { stampMicros } from '../ticker.ts'
import type { DoorName, Host, HostSpec } from './order.ts'
import { GRID, type Script, ScriptedBook, ScriptedFeed } from './scripted-feed.ts'

/** The real gateway, whole, on a feed that does what the bench says. Its clock is the bench's, so that stamps can be compared. */
export async function gatewayHost({
  port,
  sizes = [300],
  door = 'socketio-msgpack',
  flags = [],
}: HostSpec): Promise<Host> {
  const feed = new ScriptedFeed(sizes.map((bytes) => scriptFor(bytes, door)))
  const clock = { now: () => stampMicros() as Micros, after: systemClock().after }
  const app = createApp(loadConfig(['--port', String(port), ...flags]), { feed, log: createLog('warn'), clock })
  await app.listen()
  const { metrics } = app
  return {
    port,
    publish: (channel) => feed.move(channel),
    stats: () => ({
      encodes: metrics.value('depthcast_view_encodes_total'),
      frames: metrics.value('depthcast_frames_total'),
      writes: metrics.value('depthcast_writes_total'),
      together: metrics.value('depthcast_io_uring_writes_total'),
      bytes: metrics.value('depthcast_bytes_total'),
      marks: metrics.value('depthcast_slow_marks_total'),
    }),
  }
}

/** As many changed levels as make a frame of about so many bytes at this door. */
function scriptFor(bytes: number, door: DoorName): Script {
  let [tooFew, enough] = [1, 2]
  while (frameBytes(enough, door) < bytes) [tooFew, enough] = [enough, enough * 2]
  while (enough - tooFew > 1) {
    const middle = (tooFew + enough) >> 1
    if (frameBytes(middle, door) < bytes) tooFew = middle
    else enough = middle
  }
  return { changes: enough }
}

const INSTRUMENT = GRID as Instrument
const HEADER_BYTES = 4
/** Quantities are drawn, so one update is a little larger than the next. */
const DRAWN = 5

function frameBytes(changes: number, door: DoorName): number {
  const book = new ScriptedBook(0, changes)
  let bytes = 0
  for (let drawn = 0; drawn < DRAWN; drawn++) {
    const now = stampMicros()
    const [seq, epoch, sub] = [1000, 1, 1]
    const message: BookUpdateMessage = {
      type: 'update',
      ...{ sub, epoch, seq, prev: seq - 1, merged: 1, exchangeTime: now, serverTime: now + 20 },
      ...book.change(),
      checksum: 0xf000_0000,
    }
    bytes += HEADER_BYTES + payloadBytes(message, door)
  }
  return bytes / DRAWN
}

function payloadBytes(message: BookUpdateMessage, door: DoorName): number {
  const packed = ['update', packMessage(message)]
  switch (door) {
    case 'socketio-msgpack':
      return encodeMsgpack({ type: PacketType.EVENT, nsp: '/', data: packed }).length
    case 'websocket-msgpack':
      return encodeMsgpack(packed).length
    default: {
      const { type, ...body } = message
      const text = { bids: levelsToText(message.bids, INSTRUMENT), asks: levelsToText(message.asks, INSTRUMENT) }
      return JSON.stringify([type, { ...body, ...text }]).length
    }
  }
}
