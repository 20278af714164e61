import type { Client } from '../../src/client.ts'
import { connect } from '../../src/connect.ts'
import type { ClientError } from '../../src/errors.ts'
import { FakeHost } from './fake-host.ts'
import { FakeMarket } from './market.ts'
import { ModelGateway, type ModelOptions } from './model-gateway.ts'
import { WirePair } from './wire-pair.ts'

export const BTC = 'coinbase:BTC-USD'
export const ETH = 'coinbase:ETH-USD'

export type Setup = {
  readonly host: FakeHost
  readonly gateway: ModelGateway
  readonly wire: WirePair
  readonly client: Client
  readonly btc: FakeMarket
  readonly eth: FakeMarket
  readonly errors: ClientError[]
}

/** A client connected to a gateway with two markets, each with a book. */
export async function setup(seed = 1, options: ModelOptions = {}): Promise<Setup> {
  const host = new FakeHost(seed)
  const gateway = new ModelGateway(host, [BTC, ETH], options)
  const wire = new WirePair(gateway)
  const btc = new FakeMarket(host, BTC)
  const eth = new FakeMarket(host, ETH)
  gateway.event(btc.snapshot([100, 5, 99, 6, 98, 7], [101, 4, 102, 3, 103, 2]))
  gateway.event(eth.snapshot([50, 1, 49, 2], [51, 3, 52, 4]))
  const errors: ClientError[] = []
  const client = connect('http://127.0.0.1:1', { host, transport: wire, onError: (error) => errors.push(error) })
  await wire.flush()
  return { host, gateway, wire, client, btc, eth, errors }
}
