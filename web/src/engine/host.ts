/** What the engine needs from the thread it runs on. Tests bring their own. */
export type EngineHost = {
  /** Wall clock, ms since 1970. */
  now(): number
  /** A clock that never jumps, ms with fractions: what latencies are measured with. */
  precise(): number
  /** Calls `run` once, before the next picture is shown. */
  frame(run: () => void): void
  /** Calls `run` every `ms`; the returned function stops it. */
  every(ms: number, run: () => void): () => void
  /** A copy of what is on a canvas. */
  picture(canvas: OffscreenCanvas | HTMLCanvasElement): Promise<ImageBitmap>
  /** Settles when texts can be drawn in the font. Rejects when the file cannot be had. */
  loadFont(family: string, url: string): Promise<void>
}

export const browserHost: EngineHost = {
  now: () => Date.now(),
  precise: () => performance.now(),
  frame: (run) => {
    if (typeof requestAnimationFrame === 'function') requestAnimationFrame(run)
    else setTimeout(run, FRAME_MS)
  },
  every: (ms, run) => {
    const timer = setInterval(run, ms)
    return () => clearInterval(timer)
  },
  picture: (canvas) => createImageBitmap(canvas),
  loadFont: async (family, url) => {
    // Dedicated workers have a font set of their own; the page's style sheets do not reach them.
    const fonts = (globalThis as { fonts?: FontFaceSet }).fonts ?? globalThis.document.fonts
    const face = new FontFace(family, `url(${JSON.stringify(url)})`, { weight: '100 700' })
    fonts.add(await face.load())
  },
}

const FRAME_MS = 16
