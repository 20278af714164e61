import { ANYONE, openHouse } from '../../src/auth/gatekeeper.ts'
import { Hub } from '../../src/hub.ts'
import type { GatewayLimits } from '../../src/limits.ts'
import { createLog } from '../../src/logger.ts'
import { Metrics } from '../../src/metrics.ts'
import { Sessions } from '../../src/sessions.ts'
import type { Encoding } from '../../src/transport.ts'
import type { Visitor } from '../../src/visitor.ts'
import { type ClientOptions, FakeClient } from './client.ts'
import { FakeClock } from './clock.ts'
import { fakeEncoding } from './door.ts'
import { instrument, type Script, ScriptedFeed } from './feed.ts'

const LIMITS: GatewayLimits = {
  connections: 1000,
  subscriptions: 50,
  symbolsPerRequest: 20,
  messagesPerSecond: 1_000_000,
  messageBytes: 65_536,
  maxDepth: 'all',
  minRateMs: 0,
  symbolsPerSecond: 1_000_000,
  views: 100_000,
  connectionsPerAddress: 1000,
  connectionsPerKey: 1000,
  handshakeMs: 10_000,
  bytesPerSecond: 0,
  windowBytes: 32_768,
}

/** So little that a client who stalls is behind after a message or two. */
const WRITABLE_BYTES = 600

/** Everything between a feed and the doors, on a clock that a test moves. */
export class FakeGateway {
  readonly clock = new FakeClock()
  readonly metrics = new Metrics()
  readonly hub: Hub
  readonly feed: ScriptedFeed
  readonly sessions: Sessions
  readonly encoding = fakeEncoding()

  constructor(bases: readonly string[] = ['BTC'], limits: Partial<GatewayLimits> = {}, resumeSecret = 'a secret') {
    const log = createLog('silent')
    const { clock, metrics } = this
    this.hub = new Hub({ clock, metrics, log })
    this.feed = new ScriptedFeed(
      bases.map((base) => instrument(base)),
      () => clock.now(),
    )
    this.sessions = new Sessions({
      hub: this.hub,
      clock,
      metrics,
      log,
      limits: { ...LIMITS, ...limits },
      node: 'test',
      heartbeatMs: 2000,
      gatekeeper: openHouse,
      writableBytes: WRITABLE_BYTES,
      resumeSecret,
    })
    this.feed.start(this.hub)
  }

  /** The instrument's script, its book begun with two levels a side. */
  begun(index = 0): Script {
    const script = this.feed.script(index)
    script.status('live')
    script.snapshot([100, 5, 99, 7], [101, 4, 102, 6])
    return script
  }

  connect(encoding: Encoding = this.encoding, visitor: Partial<Visitor> = {}, options: ClientOptions = {}): FakeClient {
    return new FakeClient(
      encoding,
      (door) => this.sessions.enter(door, { identity: ANYONE, ...visitor }),
      this.hub,
      options,
    )
  }
}
