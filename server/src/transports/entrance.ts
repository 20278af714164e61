import type { RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Attached, Reception } from '../transport.ts'
import { TRANSPORTS } from './index.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'

/** Opens every door at the server. Plain requests that are no door's go to `otherwise`; upgrades that are none's are refused with 404. */
export function openDoors(server: Server, reception: Reception, otherwise: RequestListener): Pick<Attached, 'close'> {
  const doors: { readonly path: string; readonly attached: Attached }[] = []
  // Before the doors attach: Socket.IO puts itself in front of the listeners that are there.
  server.on('request', (request, response) => {
    const take = doorAt(request.url)?.attached.request ?? otherwise
    take(request, response)
  })
  for (const transport of TRANSPORTS) {
    doors.push({ path: transport.path, attached: transport.attach(server, reception) })
  }
  server.on('upgrade', (request, socket: Socket, head) => {
    const door = doorAt(request.url)
    if (door === undefined) refuseUpgrade(socket, 404)
    else door.attached.upgrade?.(request, socket, head)
  })
  return {
    close() {
      for (const { attached } of doors) attached.close()
    },
  }

  function doorAt(address = '/') {
    const path = address.split('?', 1)[0] ?? ''
    return doors.find((door) => (door.path.endsWith('/') ? path.startsWith(door.path) : path === door.path))
  }
}
