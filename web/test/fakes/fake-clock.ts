import type { Host } from '@depthcast/client'
import type { EngineHost } from '../../src/engine/host.ts'

type Timer = { readonly run: () => void; at: number; readonly everyMs: number | undefined }

/** Time that passes only when told to, for the SDK and the engine alike. */
export class FakeClock implements Host, EngineHost {
  #now: number
  readonly #timers = new Set<Timer>()
  #frames: (() => void)[] = []
  /** Families whose file was asked for, and how each request is settled. */
  readonly fonts: { readonly family: string; readonly url: string; readonly loaded: () => void }[] = []

  constructor(now = 1_700_000_000_000) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  precise(): number {
    return this.#now
  }

  random(): number {
    return 0
  }

  after(ms: number, run: () => void): () => void {
    return this.#add({ run, at: this.#now + ms, everyMs: undefined })
  }

  every(ms: number, run: () => void): () => void {
    return this.#add({ run, at: this.#now + ms, everyMs: ms })
  }

  frame(run: () => void): void {
    this.#frames.push(run)
  }

  loadFont(family: string, url: string): Promise<void> {
    return new Promise((loaded) => {
      this.fonts.push({ family, url, loaded })
    })
  }

  /** Nothing draws pictures here: the canvas stands for its own. */
  async picture(canvas: OffscreenCanvas | HTMLCanvasElement): Promise<ImageBitmap> {
    return canvas as unknown as ImageBitmap
  }

  get framesAsked(): number {
    return this.#frames.length
  }

  runFrame(): void {
    for (const run of this.#frames.splice(0)) run()
  }

  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#now = next.at
      if (next.everyMs === undefined) this.#timers.delete(next)
      else next.at += next.everyMs
      next.run()
    }
    this.#now = end
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }
}
