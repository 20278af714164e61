import { type Options, Packr } from 'msgpackr'

/** What builds bytes of plain values, and values of bytes that were looked through. */
export type Packer = {
  /** A bigint becomes an integer of 64 bits, what is undefined nil. */
  pack(value: unknown): Uint8Array
  /** Integers come back as numbers, bin as a Uint8Array, the extension `d4 00 xx` as undefined. Throws where the bytes do not decode. */
  unpack(bytes: Uint8Array): unknown
}

const options: Options = { useRecords: false, variableMapSize: true, int64AsType: 'number', encodeUndefinedAsNil: true }
const packr = new Packr(options)

/** The fastest there is in Node. Where a page is built, the package's `imports` put `packer-browser.ts` in its place. */
export const packer: Packer = {
  pack: (value) => packr.pack(value),
  unpack: (bytes) => packr.unpack(bytes),
}
