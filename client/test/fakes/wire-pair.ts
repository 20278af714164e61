import { decodeMsgpack, encodeMsgpack, packMessage, type ServerMessage, unpackBody } from '@depthcast/protocol'
import type { Hello, Link, LinkEnd, LinkListener, Transport } from '../../src/transports/transport.ts'
import { turns } from './fake-host.ts'

/** What travels: bytes, packed as on a real wire. */
type Parcel = {
  readonly kind: 'message' | 'request' | 'answer'
  readonly name: string
  readonly bytes: Uint8Array
  readonly deliver: (value: unknown) => void
}

/** The server's end of one link. */
export type ServerLink = {
  readonly hello: Hello
  readonly isOpen: boolean
  send(message: { readonly type: string }): void
  /** A body as it is, whatever the type should look like. */
  sendRaw(type: string, body: unknown): void
  end(end: LinkEnd): void
}

export type ServerEnd = {
  accepted(link: ServerLink): void
  requested(link: ServerLink, name: string, body: unknown, answer: (reply: unknown) => void): void
  /** What is not answered. */
  told?(link: ServerLink, name: string, body: unknown): void
  gone?(link: ServerLink): void
}

/** What may befall a parcel on its way: none, one or more come out. Only for what goes to the client, and after it was unpacked. */
export type Mischief = (parcel: {
  readonly kind: Parcel['kind']
  readonly name: string
  readonly value: unknown
}) => readonly unknown[]

/** A transport without a network: both ends in hand, and nothing arrives before `flush`. */
export class WirePair implements Transport {
  readonly name = 'pair'
  readonly links: ServerLink[] = []
  mischief: Mischief = ({ value }) => [value]
  #server: ServerEnd
  #toServer: Parcel[] = []
  #toClient: Parcel[] = []

  constructor(server: ServerEnd) {
    this.#server = server
  }

  /** Another server at the same address, as after a restart. */
  serve(server: ServerEnd): void {
    this.#server = server
  }

  get link(): ServerLink | undefined {
    return this.links.findLast((link) => link.isOpen)
  }

  open(_url: URL, hello: Hello, listener: LinkListener): Link {
    let isOpen = true
    const shut = (): void => {
      if (!isOpen) return
      isOpen = false
      this.#server.gone?.(link)
    }
    const link: ServerLink = {
      hello,
      get isOpen() {
        return isOpen
      },
      send: (message) => link.sendRaw(message.type, packMessage(message as ServerMessage)),
      sendRaw: (type, body) => {
        if (!isOpen) return
        const heard = (value: unknown, bytes: number) => isOpen && listener.message(type, value, bytes)
        this.#put(this.#toClient, 'message', type, body, heard)
      },
      end: (end) => {
        if (!isOpen) return
        shut()
        listener.ended(end)
      },
    }
    this.links.push(link)
    this.#toServer.push({
      kind: 'request',
      name: 'open',
      bytes: encodeMsgpack(null),
      deliver: () => isOpen && this.#server.accepted(link),
    })
    return {
      request: (name, body, answered) => {
        this.#put(this.#toServer, 'request', name, body, (value) => {
          if (!isOpen) return
          this.#server.requested(link, name, value, (reply) => {
            this.#put(this.#toClient, 'answer', name, reply, (answer, bytes) => {
              if (!isOpen) return
              listener.answered(bytes)
              answered(answer)
            })
          })
        })
      },
      tell: (name, body) =>
        this.#put(this.#toServer, 'request', name, body, (value) => isOpen && this.#server.told?.(link, name, value)),
      terminate: shut,
    }
  }

  /** Delivers everything, and what it causes, until nothing is on its way. */
  async flush(): Promise<void> {
    await turns()
    while (this.#toServer.length + this.#toClient.length > 0) {
      this.#deliver(this.#toServer.splice(0), false)
      this.#deliver(this.#toClient.splice(0), true)
      await turns()
    }
  }

  /** Delivers at most so many parcels to the client; the rest stays on its way. */
  async trickle(count: number): Promise<void> {
    await turns()
    this.#deliver(this.#toServer.splice(0), false)
    this.#deliver(this.#toClient.splice(0, count), true)
    await turns()
  }

  #deliver(parcels: readonly Parcel[], isToClient: boolean): void {
    for (const { kind, name, bytes, deliver } of parcels) {
      const decoded = decodeMsgpack(bytes)
      const value = kind === 'message' ? unpackBody(name, decoded) : decoded
      for (const outcome of isToClient ? this.mischief({ kind, name, value }) : [value]) deliver(outcome)
    }
  }

  #put(
    queue: Parcel[],
    kind: Parcel['kind'],
    name: string,
    value: unknown,
    deliver: (value: unknown, bytes: number) => void,
  ): void {
    const bytes = encodeMsgpack(value ?? null)
    queue.push({ kind, name, bytes, deliver: (outcome) => deliver(outcome, bytes.length) })
  }
}
