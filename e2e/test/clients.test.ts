import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { adapted, exampleUnder } from './fakes/examples.ts'
import { gateway } from './fakes/gateway.ts'
import { ScriptedFeed } from './fakes/scripted-feed.ts'

// Every example of docs/clients.md, as it stands there, run by the interpreter of the machine.

const E2E = fileURLToPath(new URL('..', import.meta.url))
const PAGE = 'clients.md'

type Example = {
  readonly heading: string
  readonly language: 'js' | 'python' | 'sh'
  /** True where prices and quantities come as integers. */
  readonly integers?: true
}

const EXAMPLES: readonly Example[] = [
  { heading: 'Socket.IO, msgpack', language: 'js', integers: true },
  { heading: 'Socket.IO, JSON', language: 'js' },
  { heading: 'WebSocket, msgpack', language: 'js', integers: true },
  { heading: 'WebSocket, JSON', language: 'js' },
  { heading: 'curl', language: 'sh' },
  { heading: 'Python, Socket.IO', language: 'python' },
  { heading: 'Python, Socket.IO with msgpack', language: 'python', integers: true },
  { heading: 'Python, WebSocket', language: 'python' },
]

const MOST_LINES = 13
test.each(EXAMPLES)('$heading in $language: the image, then what changed', async ({ heading, language, integers }) => {
  const { feed, run } = await start()
  const code = exampleUnder(PAGE, heading, language)
  expect(code.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(MOST_LINES)
  const client = run(language, integers ? `${code}\n\n${packedSide(language)}` : code)
  expect(flat(await client.next('snapshot'))).toEqual(integers ? INTEGER_IMAGE : flat(TEXT_IMAGE))
  feed.delta([400, 123_000_000, 398, 0], [403, 1])
  expect(flat(await client.next('update'))).toEqual(integers ? INTEGER_CHANGE : flat(TEXT_CHANGE))
})

test('curl, long poll: each state of the book, whole', async () => {
  const { feed, run } = await start()
  const client = run('sh', exampleUnder(PAGE, 'curl, long poll', 'sh'))
  expect(await client.next('book')).toEqual(TEXT_IMAGE)
  feed.delta([400, 123_000_000, 398, 0], [403, 1])
  expect(await client.next('book')).toEqual([
    [
      ['100.00', '1.23000000'],
      ['99.75', '0.00000006'],
    ],
    [
      ['100.50', '0.00000003'],
      ['100.75', '0.00000001'],
    ],
  ])
})

/** Prices and quantities in turn, in pairs or not. */
function flat(sides: unknown): readonly unknown[] {
  return (sides as readonly (readonly unknown[])[]).map((side) => side.flat())
}

const TEXT_IMAGE = [
  [
    ['100.00', '0.00000009'],
    ['99.75', '0.00000006'],
    ['99.50', '0.00000007'],
  ],
  [['100.50', '0.00000003']],
]
const TEXT_CHANGE = [
  [
    ['100.00', '1.23000000'],
    ['99.50', '0.00000000'],
  ],
  [['100.75', '0.00000001']],
]
const INTEGER_IMAGE = [
  [400, 9, 399, 6, 398, 7],
  [402, 3],
]
const INTEGER_CHANGE = [
  [400, 123_000_000, 398, 0],
  [403, 1],
]

/** Reads the sides of the msgpack doors, as the manual has it for this language. */
function packedSide(language: Example['language']): string {
  return language === 'js' ? exampleUnder(PAGE, 'A packed side', 'js') : ''
}

async function start() {
  const feed = new ScriptedFeed()
  const { app, url } = await gateway(feed)
  onTestFinished(() => app.close())
  feed.snapshot([400, 5, 399, 6, 398, 7], [401, 4, 402, 3])
  feed.delta([400, 9], [401, 0])
  const host = url.slice('http://'.length)
  return {
    feed,
    run: (language: Example['language'], code: string) =>
      run(language, prepared(language, adapted(code, { host, symbol: feed.instrument.id }))),
  }
}

/** Python reads from above, so what is used comes first. */
function prepared(language: Example['language'], code: string): string {
  if (language !== 'python' || !code.includes('levels(')) return code
  return `${exampleUnder('protocol.md', 'The packed form', 'python')}\n\n${code}`
}

const INTERPRETERS = {
  js: (code: string) => [process.execPath, '--input-type=module', '--eval', code],
  python: (code: string) => ['/usr/bin/python3', '-c', code],
  sh: (code: string) => ['/bin/sh', '-c', code],
} as const

/** Runs a program and hands out what it prints, until the test is over. */
function run(language: Example['language'], code: string) {
  const folder = mkdtempSync(join(tmpdir(), 'depthcast-'))
  const [command, ...args] = INTERPRETERS[language](code) as [string, ...string[]]
  // Packages are looked for from where it runs; what a shell leaves behind is not left here.
  const child = spawn(command, args, {
    cwd: language === 'js' ? E2E : folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = new Printed(child)
  onTestFinished(async () => {
    const gone = once(child, 'close')
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid)
    await gone
    rmSync(folder, { recursive: true })
  })
  return printed
}

/** What a program prints, read as books and changes of books. */
class Printed {
  readonly #lines: string[] = []
  #rest = ''
  #complaints = ''
  #isOver = false
  #wake = (): void => {}

  constructor(child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (this.#rest + chunk.toString()).split('\n')
      this.#rest = lines.pop() ?? ''
      this.#lines.push(...lines)
      this.#wake()
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#complaints += chunk.toString()
    })
    child.once('close', () => {
      this.#isOver = true
      this.#wake()
    })
  }

  /** Bids and asks of the next message of this type, or of the next book that HTTP gave. */
  async next(type: 'snapshot' | 'update' | 'book'): Promise<unknown> {
    for (let event = ''; ; ) {
      const line = await this.#line()
      if (line.startsWith('event: ')) event = line.slice('event: '.length)
      const json = line.startsWith('data: ') ? line.slice('data: '.length) : line
      if (!/^[{[]/.test(json)) continue
      const said = JSON.parse(json) as [string, unknown, unknown] | { readonly bids: unknown; readonly asks: unknown }
      if (Array.isArray(said) && said[0] === type) return said.slice(1)
      if (!Array.isArray(said) && (type === 'book' || event === type)) return [said.bids, said.asks]
    }
  }

  async #line(): Promise<string> {
    for (;;) {
      const line = this.#lines.shift()
      if (line !== undefined) return line
      if (this.#isOver) throw new Error(`the program has ended: ${this.#complaints}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
