import { existsSync } from 'node:fs'

/** The browsers Debian has besides Chromium. Playwright's own builds are downloads, and not needed. */
export const FIREFOX_PATH = process.env.FIREFOX_PATH ?? '/usr/bin/firefox-esr'
/** WebKit as GNOME has it, in the least window there is for it, which WebKitWebDriver steers. It wants a screen: Xvfb is one. */
export const MINI_BROWSER_PATH = process.env.MINI_BROWSER_PATH ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'
export const WEBKIT_DRIVER_PATH = '/usr/bin/WebKitWebDriver'
export const XVFB_RUN_PATH = '/usr/bin/xvfb-run'

type Engine = { readonly name: 'firefox' | 'webkit'; readonly needs: readonly string[]; readonly install: string }

export const ENGINES: readonly Engine[] = [
  { name: 'firefox', needs: [FIREFOX_PATH], install: 'apt-get install firefox-esr' },
  {
    name: 'webkit',
    needs: [WEBKIT_DRIVER_PATH, MINI_BROWSER_PATH, XVFB_RUN_PATH],
    install: 'apt-get install webkit2gtk-driver xvfb xauth',
  },
]

/** What an engine needs and this machine does not have. */
export function missing({ needs }: Engine): readonly string[] {
  return needs.filter((path) => !existsSync(path))
}
