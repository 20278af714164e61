export {
  binary,
  DOORS,
  type Door,
  ENGINE_PING,
  ENGINE_PONG,
  type Heard,
  text,
  upgrade,
} from './doors.ts'
export {
  BINARY,
  CLOSE,
  clientFrame,
  type FrameListener,
  FrameReader,
  PING,
  pongFrame,
  type Reader,
  TEXT,
} from './frames.ts'
