import { flushSync } from 'svelte'
import { expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import type { FromEngine } from '../src/engine/messages.ts'
import { currentToken, keepToken } from '../src/state/token.ts'
import { appPages, fourPanels } from './fakes/app-page.ts'
import { eventually } from './fakes/eventually.ts'

const MISSING = { code: 401, reason: 'missing: this gateway wants a token' }

const on = appPages(fourPanels, { isBegun: false, before: () => keepToken(undefined) })

type Connection = Extract<FromEngine, { kind: 'connection' }>

function say(state: Connection['state'], refusal?: Connection['refusal']): void {
  on.engine.say({
    kind: 'connection',
    state,
    ...(refusal !== undefined && { refusal, reason: refusal.reason }),
    bytesPerSecond: 0,
    latencyMs: Number.NaN,
    breaks: 0,
  })
  flushSync()
}

const dialog = page.getByRole('dialog', { name: 'Token' })

async function asked(): Promise<HTMLInputElement> {
  await expect.element(dialog).toBeVisible()
  return dialog.element().querySelector('input') as HTMLInputElement
}

async function said(words: string): Promise<void> {
  await eventually(() => expect(dialog.element().textContent).toContain(words))
}

test('a gateway that lets everyone in asks nobody', async () => {
  on.engine.start()
  say('open')
  // What opens over the page is a program of its own, and not even fetched.
  await expect.element(dialog).not.toBeInTheDocument()
})

test('a refusal is told in the gateway’s words, with what to do; a token is hidden until one looks at it', async () => {
  say('closed', MISSING)
  const field = await asked()
  await said('Refused (401): missing: this gateway wants a token')
  await said('Paste the API key or JSON Web Token')
  expect(field.type).toBe('password')
  await eventually(() => expect(document.activeElement).toBe(field))
  await userEvent.fill(field, 'dc_secret')
  await userEvent.click(dialog.getByRole('button', { name: 'Show' }))
  expect([field.type, field.value]).toEqual(['text', 'dc_secret'])
})

test('what is pasted is sent to the engine and kept for the tab alone; once the gateway lets it in the dialog is gone', async () => {
  say('closed', MISSING)
  await userEvent.fill(await asked(), '  Bearer dc_secret ')
  await userEvent.keyboard('{Enter}')
  expect(on.engine.last('token')).toEqual({ kind: 'token', token: 'dc_secret' })
  expect([currentToken(), Object.values({ ...sessionStorage })]).toEqual(['dc_secret', ['dc_secret']])
  expect(JSON.stringify({ ...localStorage }) + location.href + document.documentElement.outerHTML).not.toContain(
    'dc_secret',
  )
  say('connecting')
  await said('Connecting with the new token…')
  say('open')
  await expect.element(dialog).not.toBeInTheDocument()
})

test('a token that cannot be one is not even tried, and a wrong one is answered anew', async () => {
  say('closed', MISSING)
  const field = await asked()
  await userEvent.fill(field, 'two words')
  await userEvent.keyboard('{Enter}')
  await said('this holds a space')
  expect(on.engine.last('token')).toBeUndefined()
  await userEvent.fill(field, 'dc_wrong')
  await userEvent.keyboard('{Enter}')
  say('connecting')
  say('closed', { code: 401, reason: 'unknown: no such key' })
  await said('Refused (401): unknown: no such key')
  expect(field.value).toBe('')
})

test('who closes the dialog is not asked again while the refusal is the same, and finds the way back in the panels', async () => {
  say('closed', MISSING)
  await asked()
  await userEvent.keyboard('{Escape}')
  await expect.element(dialog).not.toBeInTheDocument()
  for (let second = 0; second < 3; second += 1) say('closed', { ...MISSING })
  on.engine.desk.select('simulated:ETH-USD')
  flushSync()
  await expect.element(dialog).not.toBeInTheDocument()
  await userEvent.click(page.getByRole('button', { name: 'Give a token' }).first())
  await asked()
})

test('a key with too many connections says what helps, and the page goes on by itself once it is in', async () => {
  say('waiting', { code: 406, reason: '2 clients are connected with this key: limit connectionsPerKey is 2' })
  await asked()
  await said('Refused (406): 2 clients are connected with this key')
  await said('Close another page or program')
  say('connecting', { code: 406, reason: '2 clients are connected with this key: limit connectionsPerKey is 2' })
  await said('Refused (406)')
  say('open')
  await expect.element(dialog).not.toBeInTheDocument()
})

test('a busy or restarting gateway is no reason to ask for a token', async () => {
  say('waiting', { code: 503, reason: 'this gateway is going away' })
  await expect.element(dialog).not.toBeInTheDocument()
})

test('from the settings a token is changed and forgotten, and the dialog does not close before it was used', async () => {
  keepToken('dc_old')
  on.engine.start()
  say('open')
  await userEvent.click(page.getByRole('button', { name: 'Settings' }))
  await userEvent.click(page.getByRole('button', { name: 'Token…' }))
  await asked()
  await said('let you in with the token that you gave')
  say('open')
  await expect.element(dialog).toBeVisible()
  await userEvent.click(dialog.getByRole('button', { name: 'Forget the token' }))
  expect(on.engine.last('token')).toEqual({ kind: 'token', token: undefined })
  expect([currentToken(), sessionStorage.length]).toEqual([undefined, 0])
})
