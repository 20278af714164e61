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
 * first said on the socket, since a recording that begins in the middle counts its questions anew.
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
    for (const [connection, { question }] of this.#sockets) {
      if (question?.asker === asker && question.id === id) this.#sockets.delete(connection)
    }
  }

  /** `of` and `id` are the recording's names of the connection and the question. */
  opened(connection: string, { of, id }: { readonly of: string; readonly id: string }): void {
    // Nobody asked for the one before, and nobody will.
    for (const [name, socket] of this.#sockets) if (socket.of === of && socket.isEnded) this.#sockets.delete(name)
    this.#sockets.set(connection, { of, id, firstSent: undefined, question: undefined, unheard: [], isEnded: false })
  }

  /** The recorder ended the socket without telling anybody. */
  forget(connection: string): void {
    this.#sockets.delete(connection)
  }

  happened(connection: string, what: Happened, now: Micros): readonly ProbeTold<Asker>[] {
    const socket = this.#sockets.get(connection)
    if (socket === undefined) return []
    if (what.kind === 'sent') socket.firstSent ??= what.text
    socket.isEnded ||= what.kind === 'ended'
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
      socket.question ??= this.#questionOf(socket)
      const { question, unheard } = socket
      if (question === undefined) continue
      const { asker, id } = question
      for (let next = unheard[0]; next !== undefined; next = unheard[0]) {
        if (next.kind === 'sent' && question.sent.shift() === undefined) break
        unheard.shift()
        if (next.kind === 'said') told.push({ asker, input: { kind: 'probe', now, id, text: next.text } })
        if (next.kind !== 'ended') continue
        told.push({ asker, input: { kind: 'probe-ended', now, id, reason: next.reason } })
        this.done(asker, id)
        this.#sockets.delete(connection)
      }
    }
    return told
  }

  #questionOf({ of, id, firstSent }: Socket<Asker>): Question<Asker> | undefined {
    const taken = new Set([...this.#sockets.values()].map(({ question }) => question))
    const free = this.#questions.filter((one) => one.asker.name === of && !taken.has(one))
    return (
      free.find((one) => one.id === id) ?? free.find(({ sent }) => firstSent !== undefined && sent[0] === firstSent)
    )
  }
}

/** `sent` is what was asked and what the recorded socket has not come to yet. */
type Question<Asker> = { readonly asker: Asker; readonly id: string; readonly sent: string[] }
type Socket<Asker> = {
  readonly of: string
  readonly id: string
  firstSent: string | undefined
  question: Question<Asker> | undefined
  /** Not told yet: nobody has asked, or not so much. */
  readonly unheard: Happened[]
  isEnded: boolean
}
