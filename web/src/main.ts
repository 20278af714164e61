import 'virtual:tokens.css'
import './theme/base.css'
import './theme/controls.css'
import fontUrl from '@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2?url'
import { mount } from 'svelte'
import App from './App.svelte'
import { Desk } from './state/desk.ts'
import { preferredPlace, startEngine } from './state/engine.ts'
import { DEFAULT_SETTINGS, loadSettings, PHONE_SETTINGS } from './state/settings.ts'

const isPhone = matchMedia('(width < 640px)').matches
const settings = loadSettings(localStorage, isPhone ? PHONE_SETTINGS : DEFAULT_SETTINGS)
const symbol = new URLSearchParams(location.search).get('symbol') ?? settings.symbol

const desk = new Desk({ ...settings, symbol }, (onMessage, onFailure) =>
  startEngine({ preferred: preferredPlace(location.search), onMessage, onFailure }),
)
desk.send({ kind: 'connect', url: location.origin, fontUrl: new URL(fontUrl, location.href).href })

const target = document.getElementById('app')
if (target !== null) mount(App, { target, props: { desk } })
