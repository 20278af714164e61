import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Play } from '../hosts/order.ts'
import { mqttPacket, mqttText, natsSubject, nchanId } from '../load/peer-dialects.ts'
import { freePort, SERVER_CORE, start } from '../processes.ts'
import { stamped } from '../stamp.ts'
import { every } from '../ticker.ts'
import type { Server } from './server.ts'

/** A server somebody else wrote, in C or Go, driven from outside: a publisher in this process sends it each update once. */
export type PeerKind = 'nchan' | 'nats' | 'mosquitto'

type Peer = {
  /** The files it cannot do without, and the command that brings them. */
  readonly needs: readonly string[]
  readonly install: string
  start(
    folder: string,
    port: number,
    publishPort: number,
  ): { readonly command: string; readonly args: readonly string[] }
  /** What publishes one update to a channel. */
  readonly publishPort: 'same' | 'own'
  greet?(): Buffer | string
  publish(channel: number, payload: string): Buffer | string
}

const PEERS: Readonly<Record<PeerKind, Peer>> = {
  nchan: {
    needs: ['/usr/sbin/nginx', '/usr/lib/nginx/modules/ngx_nchan_module.so'],
    install: 'apt-get install nginx libnginx-mod-nchan',
    start(folder, port) {
      writeFileSync(join(folder, 'nginx.conf'), nginxConf(folder, port))
      return { command: '/usr/sbin/nginx', args: ['-p', folder, '-c', join(folder, 'nginx.conf')] }
    },
    publishPort: 'same',
    publish: (channel, payload) =>
      `POST /pub/${nchanId(channel)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${payload.length}\r\n\r\n${payload}`,
  },
  nats: {
    needs: ['/usr/sbin/nats-server'],
    install: 'apt-get install nats-server',
    start(folder, port, publishPort) {
      writeFileSync(join(folder, 'nats.conf'), natsConf(port, publishPort))
      return { command: '/usr/sbin/nats-server', args: ['-c', join(folder, 'nats.conf')] }
    },
    publishPort: 'own',
    greet: () => 'CONNECT {"verbose":false,"pedantic":false}\r\n',
    publish: (channel, payload) => `PUB ${natsSubject(channel)} ${payload.length}\r\n${payload}\r\n`,
  },
  mosquitto: {
    needs: ['/usr/sbin/mosquitto'],
    install: 'apt-get install mosquitto',
    start(folder, port) {
      writeFileSync(join(folder, 'mosquitto.conf'), mosquittoConf(port))
      return { command: '/usr/sbin/mosquitto', args: ['-c', join(folder, 'mosquitto.conf')] }
    },
    publishPort: 'same',
    greet: () => mqttPacket(0x10, [mqttText('MQTT'), Buffer.from([4, 2, 0, 0]), mqttText('publisher')]),
    publish: (channel, payload) => mqttPacket(0x30, [mqttText(natsSubject(channel)), Buffer.from(payload)]),
  },
}

/** Why a peer cannot be measured on this machine, with the command that changes it. */
export function missing(kind: PeerKind): string | undefined {
  const { needs, install } = PEERS[kind]
  return needs.every((path) => existsSync(path)) ? undefined : `${kind} is not installed: ${install}`
}

/** Starts a peer on free ports of the loopback, with a configuration of its own in a folder that goes when it ends. */
export async function startPeer(kind: PeerKind): Promise<Server> {
  const peer = PEERS[kind]
  const folder = mkdtempSync(join(tmpdir(), `depthcast-bench-${kind}-`))
  const port = await freePort()
  const publishPort = peer.publishPort === 'same' ? port : await freePort()
  const child = start({ ...peer.start(folder, port, publishPort), core: SERVER_CORE })
  const clean = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', clean)
  const publisher = await Promise.race([reach(publishPort), child.next<never>(() => undefined)]).catch(
    async (error: Error) => {
      await child.end()
      throw error
    },
  )
  publisher.on('data', () => {}).on('error', () => {})
  if (peer.greet !== undefined) publisher.write(peer.greet())
  let still = () => {}
  const tick = ({ from, to, bytes }: Play) => {
    publisher.cork()
    for (let channel = from; channel < to; channel++) publisher.write(peer.publish(channel, stamped(bytes)))
    publisher.uncork()
  }
  return {
    port,
    pid: child.pid,
    play(play) {
      still()
      still = every(play.perSecond, () => tick(play))
    },
    once: tick,
    still: () => still(),
    stats: async () => undefined,
    collect: async () => undefined,
    async end() {
      still()
      publisher.destroy()
      await child.end()
      process.off('exit', clean)
      clean()
    },
  }
}

const TRIES = 100
const TRY_EVERY_MS = 50

/** The program says nothing when it listens, so it is asked until it does. */
async function reach(port: number): Promise<Socket> {
  for (let tries = 1; ; tries++) {
    try {
      return await new Promise<Socket>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket))
        socket.once('error', reject)
      })
    } catch (error) {
      if (tries === TRIES) throw error
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS))
    }
  }
}

/** One process and one thread; what is published is kept for nobody, as everywhere else here. The publisher waits for its turn, unasked. */
function nginxConf(folder: string, port: number): string {
  return `load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log crit;
worker_rlimit_nofile 65536;
events { worker_connections 30000; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; client_header_timeout 1h; client_body_temp_path ${folder}/body;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location ~ ^/sub/(.+)$ {
      nchan_subscriber websocket; nchan_channel_id $1; nchan_channel_id_split_delimiter ",";
      nchan_subscriber_first_message newest; nchan_websocket_ping_interval 0;
    }
    location ~ ^/pub/(.+)$ { nchan_publisher; nchan_channel_id $1; nchan_message_buffer_length 1; nchan_message_timeout 1s; }
  }
}
`
}

function natsConf(port: number, publishPort: number): string {
  return `listen: "127.0.0.1:${publishPort}"
ping_interval: "1h"
max_connections: 65536
websocket { listen: "127.0.0.1:${port}", no_tls: true, compression: false }
`
}

function mosquittoConf(port: number): string {
  return `listener ${port} 127.0.0.1
allow_anonymous true
user root
set_tcp_nodelay true
log_type none
`
}
