#!/usr/bin/env node
import { spawn } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { FIREFOX_PATH } from './installed.ts'

/**
 * What Playwright starts as its Firefox: the machine's own, with a line in between that answers the one command Playwright begins with and
 * Firefox ESR 153 does not know. It is answered only where it asks for nothing (`colorScheme: null` and so on), so that no test is led to believe
 * in colours that were never set.
 */
const UNKNOWN = 'emulation.setMediaFeaturesOverride'
const LISTENING = /WebDriver BiDi listening on (ws:\S+)/

const firefox = spawn(FIREFOX_PATH, process.argv.slice(2), { stdio: ['ignore', 'inherit', 'pipe'] })
firefox.on('exit', (code) => process.exit(code ?? 1))
process.on('exit', () => firefox.kill())
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => firefox.kill(signal))
let said = ''
let isServed = false
firefox.stderr.on('data', (chunk: Buffer) => {
  said += chunk.toString()
  const url = LISTENING.exec(said)?.[1]
  // Nothing is said twice: Playwright waits for this very line, and is to hear of the other end.
  if (url === undefined || isServed) return
  isServed = true
  serve(url)
})

function serve(url: string): void {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => {
    process.stderr.write(`WebDriver BiDi listening on ws://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
  })
  server.on('connection', (driver, request) => {
    const browser = new WebSocket(url + (request.url ?? ''), { perMessageDeflate: false })
    const waiting: string[] = []
    const forward = (text: string): void => {
      if (browser.readyState === WebSocket.OPEN) browser.send(text)
      else waiting.push(text)
    }
    browser.on('open', () => waiting.splice(0).forEach((text) => void browser.send(text)))
    browser.on('message', (message) => driver.send(textOf(message)))
    browser.on('close', () => driver.close())
    browser.on('error', () => driver.close())
    driver.on('close', () => browser.close())
    driver.on('message', (message) => {
      const text = textOf(message)
      const command = JSON.parse(text) as Command
      if (asksForNothing(command)) driver.send(JSON.stringify({ type: 'success', id: command.id, result: {} }))
      else forward(text)
    })
  })
}

function asksForNothing({ method, params }: Command): boolean {
  return method === UNKNOWN && Object.values(params.features ?? {}).every((value) => value === null)
}

function textOf(message: RawData): string {
  return Array.isArray(message) ? Buffer.concat(message).toString() : Buffer.from(message as Buffer).toString()
}

type Command = {
  readonly id: number
  readonly method: string
  readonly params: { readonly features?: Readonly<Record<string, unknown>> }
}
