/** The browser the tests drive: Debian's Chromium, or the one named by CHROMIUM_PATH. Playwright's own download is never used. */
export const CHROMIUM_PATH = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

/** Root has no user namespace to sandbox in; without the rest Chromium calls home at every start, which closed networks answer slowly. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
