const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
/** The signature and the chunk IHDR, which must come first. */
const HEAD = 33

/**
 * A PNG that also says what it shows, as uncompressed iTXt chunks: any program that reads a picture's text finds them. Keywords are at most 79 Latin
 * characters. Throws RangeError where the bytes are no PNG.
 *
 * Source: PNG specification (third edition), 11.3.3.4 iTXt and 5.3 chunk layout.
 */
export function withText(png: Uint8Array, text: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  if (png.length < HEAD || SIGNATURE.some((byte, at) => png[at] !== byte)) throw new RangeError('not a PNG')
  const chunks = Object.entries(text).map(([keyword, words]) => chunk(keyword, words))
  const whole = new Uint8Array(png.length + chunks.reduce((sum, each) => sum + each.length, 0))
  whole.set(png.subarray(0, HEAD))
  let at = HEAD
  for (const each of chunks) {
    whole.set(each, at)
    at += each.length
  }
  whole.set(png.subarray(HEAD), at)
  return whole
}

/** Length, type, content and checksum; the length is of the content alone. */
function chunk(keyword: string, words: string): Uint8Array {
  // Not compressed, and in no language: two flags and two empty strings, each ended by a zero.
  const content = new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${words}`)
  const bytes = new Uint8Array(content.length + 8)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, content.length - 4)
  bytes.set(content, 4)
  view.setUint32(content.length + 4, crc32(content))
  return bytes
}

/** The checksum of PNG, of the chunk's type and content (ISO 3309). */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
