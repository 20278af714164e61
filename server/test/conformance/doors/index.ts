import type { DoorKit } from '../wire.ts'
import { poll } from './poll.ts'
import { socketioJson, socketioMsgpack } from './socketio.ts'
import { sse } from './sse.ts'
import { websocketJson, websocketMsgpack } from './websocket.ts'

/** Every way in, as its clients see it. */
export const DOORS: readonly DoorKit[] = [socketioMsgpack, socketioJson, websocketMsgpack, websocketJson, sse, poll]
