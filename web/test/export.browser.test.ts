import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { exportPanel } from '../src/state/export.ts'
import { INSTRUMENTS, StandInEngine } from './fakes/stand-in-engine.ts'

let engine: StandInEngine
/** What the page gave the browser to save. */
let saved: { readonly name: string; readonly blob: Promise<Blob> }[]

beforeEach(() => {
  engine = new StandInEngine()
  engine.start()
  engine.report('ladder-1', { kind: 'live' }, 1_204_881)
  saved = []
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push({ name: this.download, blob: fetch(this.href).then((answer) => answer.blob()) })
  })
})

afterEach(() => vi.restoreAllMocks())

const symbol = INSTRUMENTS[0]?.id ?? ''

function offerTable(panel: string): void {
  const rows = [
    ['Bid', '63142.0', '0.901'],
    ['Ask', '63142.5', '0.250'],
  ]
  const table = async () => ({ symbol, seq: 42, columns: ['Side', 'Price', 'Size'], rows })
  engine.desk.offers.set(panel, [{ table }])
}

/** A picture of one colour. */
function offerPicture(panel: string, width: number, height: number): void {
  const picture = document.createElement('canvas')
  Object.assign(picture, { width, height })
  const context = picture.getContext('2d')
  if (context === null) throw new Error('no canvas')
  context.fillStyle = '#ff0000'
  context.fillRect(0, 0, width, height)
  engine.desk.offers.set(panel, [{ picture: async () => picture }])
}

test('a table is saved as it was taken, under a name that says of what and when', async () => {
  offerTable('ladder-1')
  await exportPanel(engine.desk, 'ladder-1', { what: 'table', to: 'file' })
  expect(saved[0]?.name).toMatch(/^simulated-BTC-USD_book_seq-42_\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.csv$/)
  expect(await (await saved[0]?.blob)?.text()).toBe('Side,Price,Size\r\nBid,63142.0,0.901\r\nAsk,63142.5,0.250\r\n')
  expect(engine.desk.spoken.value).toMatch(/^simulated-BTC-USD_book.* downloaded$/)
  expect(engine.desk.notice.value).toBeUndefined()
})

test('a picture is whole, has a strip below that says what it is of, and says the same to a program', async () => {
  offerPicture('ladder-1', 300, 120)
  await exportPanel(engine.desk, 'ladder-1', { what: 'picture', to: 'file' })
  expect(saved[0]?.name).toMatch(/^simulated-BTC-USD_book_seq-1204881_.*\.png$/)
  const blob = await saved[0]?.blob
  if (blob === undefined) throw new Error('nothing was saved')
  const text = await blob.text()
  const facts = [
    'Title\0\0\0\0\0Book of BTC-USD',
    'depthcast:symbol\0\0\0\0\0simulated:BTC-USD',
    'depthcast:seq\0\0\0\0\x001204881',
  ]
  expect(facts.filter((fact) => !text.includes(fact))).toEqual([])
  expect(text).toMatch(/depthcast:time\0{5}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC/)

  const image = await createImageBitmap(blob)
  const canvas = new OffscreenCanvas(image.width, image.height)
  const context = canvas.getContext('2d')
  context?.drawImage(image, 0, 0)
  const pixels = (y: number, height: number) => [
    ...new Uint32Array(context?.getImageData(0, y, 300, height).data.buffer ?? new ArrayBuffer(0)),
  ]
  expect(image.width).toBe(300)
  expect(image.height).toBeGreaterThan(120)
  expect(new Set(pixels(0, 120))).toEqual(new Set([0xff0000ff]))
  const strip = pixels(120, image.height - 120)
  expect(strip).not.toContain(0xff0000ff)
  // Letters on it: more than its one colour.
  expect(new Set(strip).size).toBeGreaterThan(5)
})

test('a state that is not well is in the picture too', async () => {
  engine.report('ladder-1', { kind: 'gap', from: 7, to: 9 })
  offerPicture('ladder-1', 300, 120)
  await exportPanel(engine.desk, 'ladder-1', { what: 'picture', to: 'file' })
  expect(await (await saved[0]?.blob)?.text()).toContain('depthcast:state\0\0\0\0\0gap 7–9 · resyncing')
})

test('a panel that has nothing to take says so', async () => {
  offerTable('watch-1')
  await exportPanel(engine.desk, 'watch-1', { what: 'picture', to: 'file' })
  expect(engine.desk.notice.value).toBe('Watch was not exported: it has no picture to take.')
  expect(saved).toEqual([])
})

test('a picture larger than a canvas can be, and an empty one, are refused with a sentence', async () => {
  offerPicture('ladder-1', 300, 120)
  const small = document.createElement('canvas')
  engine.desk.offers.set('ladder-1', [{ picture: async () => Object.assign(small, { width: 0, height: 0 }) }])
  await exportPanel(engine.desk, 'ladder-1', { what: 'picture', to: 'file' })
  expect(engine.desk.notice.value).toBe('Book was not exported: it shows nothing yet.')
  offerPicture('ladder-1', 300, 120)
  vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation((done) => done(null))
  await exportPanel(engine.desk, 'ladder-1', { what: 'picture', to: 'file' })
  expect(engine.desk.notice.value).toMatch(/^Book was not exported: the picture is larger than this browser can make/)
})

test('a browser that lets nobody copy is not silent about it', async () => {
  offerTable('ladder-1')
  vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(
    new DOMException('Write permission denied.', 'NotAllowedError'),
  )
  await exportPanel(engine.desk, 'ladder-1', { what: 'table', to: 'clipboard' })
  expect(engine.desk.notice.value).toBe('Book was not exported: Write permission denied.')
})
