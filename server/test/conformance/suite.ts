import { afterEach, test } from 'vitest'
import type { Config } from '../../src/config.ts'
import { type Running, startGateway } from '../fakes/running.ts'
import { Client } from './client.ts'
import { DOORS } from './doors/index.ts'
import type { Coming, DoorKit, Need } from './wire.ts'

/** One case at one door: a gateway of its own, and clients that are gone afterwards. */
export type Stage = {
  readonly door: DoorKit
  gateway(overrides?: Partial<Config>, bases?: readonly string[]): Promise<Running>
  /** A client at this door, or at another one. */
  come(coming?: Partial<Coming>, at?: DoorKit, former?: Client): Promise<Client>
}

let running: Running | undefined
let clients: Client[] = []

afterEach(async () => {
  for (const client of clients) void client.leave()
  clients = []
  await running?.close()
  running = undefined
})

/** The same case at every door that can do what it needs. What a door cannot do is listed with the door, and held against it there. */
export function conforms(needs: readonly Need[], title: string, run: (stage: Stage) => Promise<void>): void {
  const able = DOORS.filter(({ can }) => needs.every((need) => can.includes(need)))
  test.each(able)(`$name: ${title}`, (door) => run(stageAt(door)))
}

function stageAt(door: DoorKit): Stage {
  return {
    door,
    async gateway(overrides, bases) {
      running = await startGateway(overrides, bases)
      return running
    },
    async come(coming = {}, at = door, former) {
      const client = await Client.come(at, running?.url ?? '', coming, former)
      clients.push(client)
      return client
    },
  }
}
