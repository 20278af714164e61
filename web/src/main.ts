import 'virtual:tokens.css'
import './theme/base.css'
import './theme/controls.css'
import fontUrl from '@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2?url'
import { mount } from 'svelte'
import App from './App.svelte'
import { Desk } from './state/desk.ts'
import { preferredPlace, startEngine } from './state/engine.ts'
import { symbolIn, takeLink } from './state/links.ts'
import { loadSettings, remembersLayouts } from './state/settings.ts'
import { shellNow } from './state/shell.ts'
import { currentToken } from './state/token.ts'
import { workspaceStorage } from './state/windows.ts'
import { FIRST } from './workspace/first.ts'

const target = document.getElementById('app')
// Not awaited here: that would split the shell.
void remembered().then(begin, () => {
  // To begin without them would be to forget them.
  if (target !== null)
    target.textContent = 'Part of the page could not be loaded. Is the server there? Reload the page.'
})

type Remembered = Pick<ConstructorParameters<typeof Desk>[0], 'workspaces' | 'layouts'>

/** The layouts of the last visit. */
async function remembered(): Promise<Remembered> {
  if (!remembersLayouts(localStorage, workspaceStorage)) return { workspaces: FIRST }
  const { loadLayouts, loadWorkspaces } = await import('./state/remembered.ts')
  return { workspaces: loadWorkspaces(workspaceStorage), layouts: loadLayouts(localStorage) }
}

/** As long as a worker takes to begin, on a machine where waiting for it is worth it. */
const BEGUN_WITHIN_MS = 100

function begin(layouts: Remembered): void {
  const begun = Promise.withResolvers<void>()
  setTimeout(begun.resolve, BEGUN_WITHIN_MS)
  const desk = new Desk({ ...layouts, settings: loadSettings(localStorage), shell: shellNow() }, (hear, onFailure) => {
    const onMessage: typeof hear = (message) => {
      begun.resolve()
      hear(message)
    }
    return startEngine({ preferred: preferredPlace(location.search), onMessage, onFailure })
  })
  const symbol = symbolIn(location.search)
  if (symbol !== undefined) desk.select(symbol)
  desk.send({
    kind: 'connect',
    url: location.origin,
    fontUrl: new URL(fontUrl, location.href).href,
    token: currentToken(),
  })
  // Before anything is shown: the layout that a link replaces would only flash by. And a worker needs turns of this thread to begin, which drawing the
  // page would keep from it: once it has, it connects while the page is drawn.
  void Promise.allSettled([takeLink(desk), begun.promise, holder(desk)]).then(() => {
    if (target !== null) mount(App, { target, props: { desk } })
  })
}

/** What holds the panels, so that they are drawn with the page and not after it. Where it cannot be had the page says so itself. */
function holder({ shell }: Desk): Promise<unknown> {
  return shell.value === 'phone' ? import('./layout/Phone.svelte') : import('./layout/Workbench.svelte')
}
