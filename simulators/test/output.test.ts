import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { output } from '../src/output.ts'

/** A terminal that keeps what stands on it: carriage return, line feed, and the three sequences of ECMA-48 that are written. */
class Screen extends EventEmitter {
  readonly isTTY = true
  readonly columns: number
  readonly rows: number
  lines: string[] = ['']
  #row = 0
  #column = 0

  constructor(columns: number, rows: number) {
    super()
    this.columns = columns
    this.rows = rows
  }

  write(text: string): boolean {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal is told what to do by control characters
    for (const [part, up, erase] of text.matchAll(/\x1b\[(\d+)A|\x1b\[([KJ])|\r|\n|[^\x1b\r\n]+/g))
      this.#do(part, up, erase)
    return true
  }

  #do(part: string, up: string | undefined, erase: string | undefined): void {
    const line = this.lines[this.#row] ?? ''
    if (up !== undefined) this.#row -= Number(up)
    else if (erase !== undefined) {
      this.lines[this.#row] = line.slice(0, this.#column)
      if (erase === 'J') this.lines.length = this.#row + 1
    } else if (part === '\r') this.#column = 0
    else if (part === '\n') {
      this.#row++
      this.#column = 0
      this.lines[this.#row] ??= ''
    } else {
      this.lines[this.#row] =
        line.slice(0, this.#column).padEnd(this.#column) + part + line.slice(this.#column + part.length)
      this.#column += part.length
    }
  }
}

function onScreen(columns = 40, rows = 10) {
  const screen = new Screen(columns, rows)
  const stdout = new EventEmitter()
  const made = output({ stdout, stderr: screen, once: () => {} } as unknown as NodeJS.Process)
  return { screen, note: made.note, status: made.status! }
}

test('after Ctrl-C a last word is still written; once nobody reads, none is', async () => {
  const written: string[] = []
  const stdout = Object.assign(new EventEmitter(), { write: (text: string) => written.push(text) > 0 })
  const process = Object.assign(new EventEmitter(), { stdout, stderr: new EventEmitter() })
  const { write, ended } = output(process as unknown as NodeJS.Process)
  process.emit('SIGINT')
  expect(ended.aborted).toBe(true)
  await write('report')
  stdout.emit('error', Object.assign(new Error('closed'), { code: 'EPIPE' }))
  await write('nobody')
  expect(written).toEqual(['report'])
})

test('a text takes the place of the one before, longer or shorter, and leaves nothing', () => {
  const { screen, status } = onScreen()
  status('one\ntwo\nthree and more')
  expect(screen.lines).toEqual(['one', 'two', 'three and more'])
  status('1\n2')
  expect(screen.lines).toEqual(['1', '2'])
  status('a\nb\nc\nd')
  expect(screen.lines).toEqual(['a', 'b', 'c', 'd'])
  status('')
  expect(screen.lines).toEqual([''])
})

test('a note takes the place of what is drawn, and stays above what is drawn next', () => {
  const { screen, note, status } = onScreen()
  note('before')
  status('one\ntwo')
  note('note')
  expect(screen.lines).toEqual(['before', 'note', ''])
  status('three')
  status('four\nfive')
  expect(screen.lines).toEqual(['before', 'note', 'four', 'five'])
})

test('what does not fit the terminal is cut, so that the next still finds its place', () => {
  const { screen, status } = onScreen(6, 3)
  status('123456789\n2\n3\n4')
  expect(screen.lines).toEqual(['12345', '2'])
  status('x')
  expect(screen.lines).toEqual(['x'])
})
