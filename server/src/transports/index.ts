import type { Transport } from '../transport.ts'
import { socketioJson, socketioMsgpack } from './socketio.ts'
import { sse } from './sse.ts'
import { websocket } from './websocket.ts'

/** Every door there is. To add one: its file, its line here, its name in the conformance suite. */
export const TRANSPORTS: readonly Transport[] = [socketioMsgpack, socketioJson, websocket, sse]
