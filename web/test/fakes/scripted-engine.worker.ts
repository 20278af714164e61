import { scriptedEngine } from './scripted-engine.ts'

const handle = scriptedEngine((message, transfer = []) => self.postMessage(message, { transfer }))
self.onmessage = (event) => handle(event.data)
