import type { Offer } from './panel.ts'

type Picture = Awaited<ReturnType<NonNullable<Offer['picture']>>>

/** CSS px. */
const LINE = 18
const PAD = 8

/** A PNG of a picture with a strip below that says these things of it, on as many lines as they need. Throws where it cannot be made. */
export async function stamped(picture: Picture, words: readonly string[]): Promise<Blob> {
  const { width, height } = picture
  if (width === 0 || height === 0) throw new Error('it shows nothing yet.')
  const scale = devicePixelRatio
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  if (context === null) throw new Error(TOO_LARGE)
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const font = `${12 * scale}px ${colour('--font') || 'sans-serif'}`
  context.font = font
  const lines = wrapped(words, (text) => context.measureText(text).width <= width - 2 * PAD * scale)
  canvas.width = width
  canvas.height = height + (lines.length * LINE + PAD) * scale
  // A canvas of another size has forgotten everything.
  context.font = font
  context.textBaseline = 'middle'
  context.fillStyle = colour('--bg2')
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(picture, 0, 0)
  context.fillStyle = colour('--text')
  lines.forEach((line, index) => {
    context.fillText(line, PAD * scale, height + (PAD / 2 + (index + 0.5) * LINE) * scale, width - 2 * PAD * scale)
  })
  if (picture instanceof ImageBitmap) picture.close()
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (blob === null) throw new Error(TOO_LARGE)
  return blob
}

const TOO_LARGE = 'the picture is larger than this browser can make. A smaller panel can be exported.'

/** As many on a line as fit; one that fits on none has a line of its own, and is squeezed. */
function wrapped(words: readonly string[], fits: (line: string) => boolean): readonly string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    const longer = last === undefined ? undefined : `${last} · ${word}`
    if (longer !== undefined && fits(longer)) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
