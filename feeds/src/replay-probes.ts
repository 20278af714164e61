import type { Micros } from '@depthcast/market'
import type { Input, Output } from './venue.ts'

/** What happened on a recorded socket: the recorder said something, the venue did, or it ended, and why. */
export type Happened =
  | { readonly kind: 'sent'; readonly text: string }
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'ended'; readonly reason: string }

/** What a player is to be told of a question of its own. */
export type ProbeTold<Asker> = {
  readonly asker: Asker
  readonly input: Extract<Input, { kind: 'probe' | 'probe-ended' }>
}

/**
 * Brings questions asked in a replay and the sockets that answered them when it was recorded together: by what they were called, or by what was
 * sent on the socket, since a recording that begins in the middle counts its questions anew.
 *
 * The replay may ask a little later than the recorder did, whose timers were late at other times: what the venue said to something is kept until
 * as much has been asked.
 */
export class ReplayProbes<Asker extends { readonly name: string }> {
  readonly #sockets = new Map<string, Socket<Asker>>()
  #questions: Question<Asker>[] = []

  /** One that is open says more on its socket. */
  ask(asker: Asker, { id, send }: Extract<Output, { kind: 'probe' }>, now: Micros): readonly ProbeTold<Asker>[] {
    const open = this.#questions.find((one) => one.asker === asker && one.id === id)
    if (open === undefined) this.#questions.push({ asker, id, sent: [...send] })
    else open.sent.push(...send)
    return this.#told(now)
  }

  /** Answered: what else its socket says is not heard. */
  done(asker: Asker, id: string): void {
    this.#questions = this.#questions.filter((one) => one.asker !== asker || one.id !== id)
    for (const socket of this.#sockets.values()) {
      if (socket.question?.asker !== asker || socket.question.id !== id) continue
      // The recorder may have kept it for another question.
      socket.question = undefined
      socket.isLeft = true
      socket.unheard = []
    }
  }

  /** Beside which connection the newest that was sent on this socket is to be asked; undefined where that has been asked. */
  unasked(connection: string): string | undefined {
    const socket = this.#sockets.get(connection)
    return socket?.unheard.at(-1)?.kind === 'sent' ? socket.of : undefined
  }

  /** `of` and `id` are the recording's names of the connection and the question. */
  opened(connection: string, { of, id }: { readonly of: string; readonly id: string }): void {
    // Nobody asked for the one before, and nobody will.
    for (const [name, socket] of this.#sockets) if (socket.of === of && socket.isEnded) this.#sockets.delete(name)
    this.#sockets.set(connection, { of, id, question: undefined, unheard: [], isEnded: false, isLeft: false })
  }

  /** The recorder ended the socket without telling anybody. */
  forget(connection: string): void {
    this.#sockets.delete(connection)
  }

  happened(connection: string, what: Happened, now: Micros): readonly ProbeTold<Asker>[] {
    const socket = this.#sockets.get(connection)
    if (socket === undefined) return []
    socket.isEnded ||= what.kind === 'ended'
    // Nobody here asked for what is said on it, until something else is sent.
    if (socket.isLeft && socket.unheard.length === 0 && what.kind !== 'sent') {
      if (socket.isEnded) this.#sockets.delete(connection)
      return []
    }
    socket.unheard.push(what)
    return this.#told(now)
  }

  /** The connection they were asked beside is gone, and with it all its questions. */
  endAll(asker: Asker, reason: string, now: Micros): readonly ProbeTold<Asker>[] {
    const ended = this.#questions.filter((one) => one.asker === asker)
    this.#questions = this.#questions.filter((one) => one.asker !== asker)
    for (const [name, { of }] of this.#sockets) if (of === asker.name) this.#sockets.delete(name)
    return ended.map(({ id }) => ({ asker, input: { kind: 'probe-ended', now, id, reason } }))
  }

  /** Gives each socket to the question it answers, and what it has said since to who asked. */
  #told(now: Micros): readonly ProbeTold<Asker>[] {
    const told: ProbeTold<Asker>[] = []
    for (const [connection, socket] of this.#sockets) {
      if (socket.question === undefined) this.#bringTogether(socket)
      const { question, unheard } = socket
      if (question === undefined) continue
      const { asker, id } = question
      for (let next = unheard[0]; next !== undefined; next = unheard[0]) {
        if (next.kind === 'sent' && question.sent.shift() === undefined) break
        unheard.shift()
        if (next.kind === 'said') told.push({ asker, input: { kind: 'probe', now, id, text: next.text } })
        if (next.kind !== 'ended') continue
        told.push({ asker, input: { kind: 'probe-ended', now, id, reason: next.reason } })
        this.#sockets.delete(connection)
        this.done(asker, id)
      }
    }
    return told
  }

  #bringTogether(socket: Socket<Asker>): void {
    const taken = new Set([...this.#sockets.values()].map(({ question }) => question))
    const free = this.#questions.filter((one) => one.asker.name === socket.of && !taken.has(one))
    const question = free.find(({ id }) => id === socket.id) ?? free.find(({ sent }) => sentAt(socket, sent[0]) !== -1)
    if (question === undefined) return
    socket.question = question
    socket.isLeft = false
    // What was sent before it, and what was said to that, nobody here asked for.
    const { unheard } = socket
    const from = sentAt(socket, question.sent[0])
    if (unheard.slice(0, Math.max(0, from)).some(({ kind }) => kind === 'sent')) socket.unheard = unheard.slice(from)
  }
}

/** Where in what is unheard this was sent last; -1 where it was not. */
function sentAt<Asker>({ unheard }: Socket<Asker>, text: string | undefined): number {
  return unheard.findLastIndex((one) => one.kind === 'sent' && one.text === text)
}

/** `sent` is what was asked and what the recorded socket has not come to yet. */
type Question<Asker> = { readonly asker: Asker; readonly id: string; readonly sent: string[] }
type Socket<Asker> = {
  readonly of: string
  readonly id: string
  question: Question<Asker> | undefined
  /** Not told yet: nobody has asked, or not so much. */
  unheard: Happened[]
  isEnded: boolean
  /** Its question is answered here. */
  isLeft: boolean
}
