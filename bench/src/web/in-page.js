// Runs in the page before its own programs do: notes what a visitor gets to see and when, and what the engine says of itself.
{
  const bench = {
    /** Reports of the panels that the engine paints, by id, the newest of each. */
    reports: {},
    connection: undefined,
    /** ms since the navigation; undefined until it was there. */
    firstQuote: undefined,
    firstBook: undefined,
    largestPaint: 0,
    shifts: 0,
    /** Each as [start, length] in ms. */
    longTasks: [],
    /** How long each interaction took from the event to the next picture, ms. */
    interactions: new Map(),
    /** Frames that the page's own programs asked for. */
    framesAsked: 0,
    /** When pictures were shown, ms, while `watchFrames` runs. */
    frames: [],
  }
  globalThis.depthcastBench = bench

  const ask = globalThis.requestAnimationFrame.bind(globalThis)
  globalThis.requestAnimationFrame = (run) => {
    bench.framesAsked += 1
    return ask(run)
  }

  const hear = (message) => {
    if (message.kind === 'panels') for (const report of message.reports) bench.reports[report.panel] = report
    if (message.kind === 'connection') bench.connection = message
  }
  globalThis.Worker = class extends globalThis.Worker {
    constructor(...args) {
      super(...args)
      this.addEventListener('message', ({ data }) => hear(data))
    }
  }

  let watching = false
  const frame = (now) => {
    bench.frames.push(now)
    if (watching) ask(frame)
  }
  bench.watchFrames = (wanted) => {
    bench.frames = []
    watching = wanted
    if (wanted) ask(frame)
  }

  // Keeps the page's thread busy for half of the time.
  let blocking
  bench.block = (wanted) => {
    clearInterval(blocking)
    if (!wanted) return
    blocking = setInterval(() => {
      const until = performance.now() + 150
      while (performance.now() < until);
    }, 300)
  }

  const observe = (type, options, see) =>
    new PerformanceObserver((list) => list.getEntries().forEach(see)).observe({ type, buffered: true, ...options })
  observe('longtask', {}, ({ startTime, duration }) => bench.longTasks.push([startTime, duration]))
  observe('largest-contentful-paint', {}, ({ startTime }) => {
    bench.largestPaint = startTime
  })
  observe('layout-shift', {}, ({ value, hadRecentInput }) => {
    if (!hadRecentInput) bench.shifts += value
  })
  observe('event', { durationThreshold: 16 }, ({ interactionId, duration }) => {
    if (interactionId)
      bench.interactions.set(interactionId, Math.max(duration, bench.interactions.get(interactionId) ?? 0))
  })

  const isNumber = (text) => /\d/.test(text ?? '')
  const look = () => {
    if (isNumber(document.querySelector('header .price')?.textContent)) bench.firstQuote ??= performance.now()
    if (Object.values(bench.reports).some(({ seq }) => seq > 0)) bench.firstBook ??= performance.now()
    if (bench.firstQuote === undefined || bench.firstBook === undefined) ask(look)
  }
  ask(look)
}
