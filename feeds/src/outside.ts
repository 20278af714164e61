import type { Micros } from '@depthcast/market'
import { WebSocket } from 'ws'
import { Clock } from './clock.ts'
import { type HttpRecording, request } from './http.ts'
import type { HttpReply, HttpRequest } from './venue.ts'

/** A whole order book of a busy market comes in one frame of several megabytes; ws would close the socket at its own limit. */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024
const HANDSHAKE_WITHIN_MS = 10_000

/**
 * All that a feed meets outside of itself: time, chance, sockets and HTTP. `realWorld` is the machine's; where a test is the world, the feed runs
 * on virtual time and whatever else is the code that runs live.
 */
export type Outside = {
  readonly clock: { now(): Micros }
  /** A number in [0, 1). */
  random(): number
  /** Calls `act` once, after so many ms and never from within this call. Calling what it returns takes that back. */
  later(ms: number, act: () => void): Cancel
  /** Opens a WebSocket. Nothing is told from within this call, nor after `onClose`, which always comes. */
  connect(url: string, handlers: SocketHandlers): Socket
  /** Fetches once and never rejects: what did not come back at all is a reply with status 0 whose body says why. */
  request(wanted: HttpRequest, cancelled: AbortSignal, recording?: HttpRecording): Promise<HttpReply>
}

export type Cancel = () => void

export type Socket = {
  /** Dropped when the socket is not open. */
  send(text: string): void
  /** Ends it at once, without a closing handshake. */
  terminate(): void
}

export type SocketHandlers = {
  onOpen(): void
  /** `bin` is what came, base64, where the venue called it binary. */
  onFrame(text: string, bin?: string): void
  /** It has been answered with the payload it brought. */
  onPing(payload: string): void
  /** The handshake was answered with an HTTP status instead. */
  onRefused(status: number, retryAfter: string | undefined): void
  onError(cause: Error): void
  onClose(code: number, reason: string): void
}

/** The machine's clock and network. */
export function realWorld(clock: Outside['clock'] = new Clock()): Outside {
  return { clock, random: Math.random, later, connect, request }
}

/** A timer of more than this fires at once: whoever was told to come back in a month would come a thousand times a second. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

function later(ms: number, act: () => void): Cancel {
  const timer = setTimeout(act, Math.min(ms, LONGEST_TIMER_MS))
  return () => clearTimeout(timer)
}

function connect(url: string, handlers: SocketHandlers): Socket {
  const socket = new WebSocket(url, { maxPayload: MAX_FRAME_BYTES, handshakeTimeout: HANDSHAKE_WITHIN_MS })
  socket.on('open', () => handlers.onOpen())
  socket.on('message', (message: Buffer, isBinary: boolean) => {
    const text = message.toString('utf8')
    if (isBinary) handlers.onFrame(text, message.toString('base64'))
    else handlers.onFrame(text)
  })
  // ws answers pings itself.
  socket.on('ping', (payload) => handlers.onPing(payload.toString('utf8')))
  socket.on('unexpected-response', (_request, response) => {
    handlers.onRefused(response.statusCode ?? 0, response.headers['retry-after'])
    response.resume()
    socket.terminate()
  })
  socket.on('error', (cause) => handlers.onError(cause))
  socket.on('close', (code, reason) => handlers.onClose(code, reason.toString('utf8')))
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    terminate: () => socket.terminate(),
  }
}
