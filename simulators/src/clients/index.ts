export {
  binary,
  DOORS,
  type Door,
  type DoorName,
  ENGINE_PING,
  ENGINE_PONG,
  type Heard,
  request,
  text,
  upgrade,
} from './doors.ts'
export {
  BINARY,
  CLOSE,
  clientFrame,
  EventReader,
  type FrameListener,
  FrameReader,
  PING,
  pongFrame,
  type Reader,
  TEXT,
} from './frames.ts'
