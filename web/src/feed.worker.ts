import { createEngine } from './engine/engine.ts'
import type { ToEngine } from './engine/messages.ts'

const engine = createEngine((message, transfer = []) => self.postMessage(message, { transfer }))
self.onmessage = (event: MessageEvent<ToEngine>) => engine.handle(event.data)
