/** Where a command writes. */
export type Output = {
  /** Resolves when more may be written: whoever reads slowly is waited for. */
  write(text: string): Promise<void>
  /** For people, beside the stream. */
  note(line: string): void
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
    note: (line) => void process.stderr.write(`${line}\n`),
    ended: ended.signal,
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
