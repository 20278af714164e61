import type { FromEngine, ToEngine } from '../engine/messages.ts'

/** The page's end of the engine. Messages posted before it is up wait for it. */
export type Engine = {
  /** Where it paints; decides whether a canvas is handed over or shared. */
  readonly place: 'worker' | 'main'
  send(message: ToEngine, transfer?: Transferable[]): void
  close(): void
}

/** Starts the engine in a worker, or here where a worker cannot paint (or `preferred` says so). `onFailure` hears when it died. */
export function startEngine(options: {
  readonly preferred: 'worker' | 'main'
  readonly onMessage: (message: FromEngine) => void
  readonly onFailure: (reason: string) => void
}): Engine {
  return options.preferred === 'worker' && workerCanPaint() ? inWorker(options) : onMain(options)
}

/** `?engine=main` forces the fallback, to compare the two and for browsers that say they can and cannot. */
export function preferredPlace(search: string): 'worker' | 'main' {
  return new URLSearchParams(search).get('engine') === 'main' ? 'main' : 'worker'
}

function workerCanPaint(): boolean {
  return (
    typeof Worker === 'function' &&
    typeof OffscreenCanvas === 'function' &&
    'transferControlToOffscreen' in HTMLCanvasElement.prototype
  )
}

function inWorker(options: Parameters<typeof startEngine>[0]): Engine {
  const worker = new Worker(new URL('../feed.worker.ts', import.meta.url), { type: 'module', name: 'depthcast-engine' })
  worker.onmessage = (event: MessageEvent<FromEngine>) => options.onMessage(event.data)
  worker.onerror = (event) => options.onFailure(event.message || 'its program could not be loaded')
  return {
    place: 'worker',
    send: (message, transfer = []) => worker.postMessage(message, transfer),
    close: () => worker.terminate(),
  }
}

function onMain(options: Parameters<typeof startEngine>[0]): Engine {
  const waiting: ToEngine[] = []
  let engine: { handle(message: ToEngine): void; close(): void } | undefined
  let closed = false
  import('../engine/engine.ts').then(
    ({ createEngine }) => {
      if (closed) return
      engine = createEngine(options.onMessage)
      for (const message of waiting.splice(0)) engine.handle(message)
    },
    (error: unknown) => options.onFailure(error instanceof Error ? error.message : String(error)),
  )
  return {
    place: 'main',
    send: (message) => (engine === undefined ? void waiting.push(message) : engine.handle(message)),
    close: () => {
      closed = true
      engine?.close()
    },
  }
}
