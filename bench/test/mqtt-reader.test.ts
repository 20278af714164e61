import type { FrameListener } from '@depthcast/simulators/clients'
import { expect, test } from 'vitest'
import { MqttReader } from '../src/load/mqtt-reader.ts'
import { mqttPacket } from '../src/load/peer-dialects.ts'

test('MQTT packets are read wherever they are cut, also with a length of several bytes', () => {
  const bodies = [Buffer.alloc(5, 1), Buffer.alloc(127, 2), Buffer.alloc(128, 3), Buffer.alloc(20_000, 4)]
  const bytes = Buffer.concat(bodies.map((body) => mqttPacket(0x30, [body])))
  for (const cuts of [[], [1], [6, 7, 8], [134, 135, 136, 137], [300, 5000]]) {
    const heard: (readonly [opcode: number, payload: string])[] = []
    const ear: FrameListener = {
      begins: () => true,
      payload: (opcode, payload) => heard.push([opcode, payload.toString('latin1')]),
    }
    const reader = new MqttReader(ear)
    let from = 0
    for (const to of [...cuts, bytes.length]) {
      const piece = Buffer.from(bytes.subarray(from, to))
      reader.read(piece)
      // The sockets of a load client share one buffer: what is in it is gone after a read.
      piece.fill(0xff)
      from = to
    }
    expect(heard).toEqual(bodies.map((body) => [0x30, body.toString('latin1')]))
  }
})
