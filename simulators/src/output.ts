/** Where a command writes. */
export type Output = {
  /** Resolves when more may be written: whoever reads slowly is waited for. */
  write(text: string): Promise<void>
  /** For people, beside the stream. */
  note(line: string): void
  /** Lines for people that take the place of those before, cut to the terminal; none where the text is empty. Only where they watch one. */
  readonly status?: (text: string) => void
  /** Aborted when whoever reads has gone (`| head`), or on Ctrl-C. */
  readonly ended: AbortSignal
}

/** A process's stdout and stderr. A reader that closes its end is no error. */
export function output(process: NodeJS.Process): Output {
  const ended = new AbortController()
  const end = () => ended.abort()
  let isRead = true
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      // A full disk: there is no way to go on, and no use in saying where in the program it was.
      process.stderr.write(`depthcast-sim: cannot write its output: ${error.message}\n`)
      process.exit(1)
    }
    isRead = false
    end()
  })
  process.stderr.on('error', end)
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  return {
    // After Ctrl-C there may be a last word, which nobody waits for.
    write: async (text) => (isRead ? written(process.stdout, text, ended.signal) : undefined),
    ended: ended.signal,
    ...forPeople(process.stderr),
  }
}

/** Where a terminal does not say how large it is. */
const USUAL = { columns: 80, rows: 24 }

function forPeople(stderr: NodeJS.WriteStream): Pick<Output, 'note' | 'status'> {
  if (!stderr.isTTY) return { note: (line) => void stderr.write(`${line}\n`) }
  let height = 0
  const draw = (lines: readonly string[], end = '') => {
    stderr.write(`${lines.length === 0 && height === 0 ? '' : drawnOver(height, lines)}${end}`)
    height = end === '' ? lines.length : 0
  }
  return {
    note: (line) => draw([line], '\n'),
    status(text) {
      const { columns, rows } = { columns: stderr.columns || USUAL.columns, rows: stderr.rows || USUAL.rows }
      const lines = text === '' ? [] : text.split('\n').slice(0, rows - 1)
      draw(lines.map((line) => line.slice(0, columns - 1)))
    },
  }
}

/** Lines in the place of as many as stand above the cursor, each over the old one so that nothing flickers. ECMA-48: CUU, EL, ED. */
function drawnOver(height: number, lines: readonly string[]): string {
  const up = height > 1 ? `\x1b[${height - 1}A` : ''
  return `\r${up}${lines.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`
}

async function written(stream: NodeJS.WriteStream, text: string, ended: AbortSignal): Promise<void> {
  if (text === '' || stream.write(text) || ended.aborted) return
  await new Promise<void>((resolve) => {
    const settle = () => {
      stream.off('drain', settle)
      ended.removeEventListener('abort', settle)
      resolve()
    }
    stream.once('drain', settle)
    ended.addEventListener('abort', settle)
  })
}
