import 'virtual:tokens.css'
import './theme/base.css'
import './theme/controls.css'
import fontUrl from '@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2?url'
import { mount } from 'svelte'
import App from './App.svelte'
import { Desk } from './state/desk.ts'
import { preferredPlace, startEngine } from './state/engine.ts'
import { symbolIn, takeLink } from './state/links.ts'
import { loadLayouts, loadSettings, loadWorkspaces } from './state/settings.ts'
import { shellNow } from './state/shell.ts'
import { currentToken } from './state/token.ts'
import { workspaceStorage } from './state/windows.ts'

const desk = new Desk(
  {
    settings: loadSettings(localStorage),
    workspaces: loadWorkspaces(workspaceStorage),
    layouts: loadLayouts(localStorage),
    shell: shellNow(),
  },
  (onMessage, onFailure) => startEngine({ preferred: preferredPlace(location.search), onMessage, onFailure }),
)
const symbol = symbolIn(location.search)
if (symbol !== undefined) desk.select(symbol)
desk.send({
  kind: 'connect',
  url: location.origin,
  fontUrl: new URL(fontUrl, location.href).href,
  token: currentToken(),
})

const target = document.getElementById('app')
// Before anything is shown: the layout that a link replaces would only flash by.
void takeLink(desk).finally(() => {
  if (target !== null) mount(App, { target, props: { desk } })
})
