/** Where a command writes. */
export type Output = {
  /** Resolves when more may be written: whoever reads slowly is waited for. */
  write(text: string): Promise<void>
  /** For people, beside the stream. */
  note(line: string): void
  /** A line for people that takes the place of the one before; only where they watch a terminal. */
  readonly status?: (line: string) => void
  /** Aborted when whoever reads has gone (`| head`), or on Ctrl-C. */
  readonly ended: AbortSignal
}

/** A process's stdout and stderr. A reader that closes its end is no error. */
export function output(process: NodeJS.Process): Output {
  const ended = new AbortController()
  const end = () => ended.abort()
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    end()
  })
  process.stderr.on('error', end)
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  return {
    write: (text) => written(process.stdout, text, ended.signal),
    ended: ended.signal,
    ...forPeople(process.stderr),
  }
}

function forPeople(stderr: NodeJS.WriteStream): Pick<Output, 'note' | 'status'> {
  const note = (line: string) => void stderr.write(`${line}\n`)
  if (!stderr.isTTY) return { note }
  let shown = ''
  return {
    note: (line) => note(shown === '' ? line : `\r\x1b[2K${line}`),
    status(line) {
      shown = line
      stderr.write(`\r\x1b[2K${line.slice(0, Math.max(1, stderr.columns - 1))}`)
    },
  }
}

async function written(stream: NodeJS.WriteStream, text: string, ended: AbortSignal): Promise<void> {
  if (text === '' || ended.aborted || stream.write(text)) return
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
