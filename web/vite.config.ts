import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'
import { themeCss } from './src/theme/css.ts'

const root = fileURLToPath(new URL('.', import.meta.url))

/**
 * The engine with all that it begins with is one file beside the worker's entry, so that what a panel fetches later imports from there. WebKit
 * runs a worker's entry a second time for whoever imports it (seen in 2.50): the page would go on speaking to an engine that knows of nothing.
 */
const ENGINE = { name: 'engine.worker', test: /\/engine\/engine\.ts$/ }

export default defineConfig({
  root,
  publicDir: join(root, 'public'),
  plugins: [
    svelte({ compilerOptions: { runes: true } }),
    tokensAsCss(),
    slimDock(),
    slimMsgpack(),
    preload(),
    precompress(),
  ],
  worker: {
    format: 'es',
    plugins: () => [slimMsgpack()],
    rolldownOptions: { output: { codeSplitting: { groups: [ENGINE] } } },
  },
  // `npm run dev --workspace web` beside a running gateway: the page is Vite's, the market the gateway's.
  server: {
    proxy: {
      '/v1': { target: 'http://127.0.0.1:8080', ws: true },
    },
  },
  build: {
    outDir: join(root, 'dist'),
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})

/** `theme/palettes.ts` is the one source of the colours: the stylesheet is made from it, so the page paints right before any script runs. */
function tokensAsCss(): Plugin {
  const id = 'virtual:tokens.css'
  return {
    name: 'depthcast:tokens',
    resolveId: (source) => (source === id ? id : undefined),
    load: (loaded) => (loaded === id ? themeCss() : undefined),
  }
}

/**
 * `font-display: optional` gives the text face 100 ms: without a preload the first visit would never see it. The worker's program would be asked
 * for only when the shell runs; as a module of the page it is in the browser's cache by then.
 */
function preload(): Plugin {
  return {
    name: 'depthcast:preload',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle }) => {
        const files = Object.keys(bundle ?? {})
        const face = files.find((file) => file.includes('ibm-plex-sans') && file.endsWith('.woff2'))
        const worker = files.filter((file) => /\/(feed|engine)\.worker-[^/]+\.js$/.test(file))
        const links = [
          ...(face === undefined ? [] : [{ rel: 'preload', as: 'font', type: 'font/woff2', href: `/${face}` }]),
          ...worker.map((file) => ({ rel: 'modulepreload', as: 'worker', href: `/${file}` })),
        ]
        return links.map((link) => ({ tag: 'link', attrs: { ...link, crossorigin: '' }, injectTo: 'head' }) as const)
      },
    },
  }
}

/**
 * The docking library registers all its modules and asks each whether it is there. Windows of its own, floating and edge groups, chips, menus and
 * announcements are nothing the page uses. Fails where another version is written otherwise.
 */
function slimDock(): Plugin {
  const all = /const AllModules = \[[^\]]*\]/
  const kept = 'const AllModules = [WatermarkModule, RootDropTargetModule, AdvancedDnDModule]'
  return {
    name: 'depthcast:slim-dock',
    apply: 'build',
    transform: {
      filter: { id: /dockview-core\/dist\/package\/main\.esm\.mjs$/ },
      handler(code) {
        if (!all.test(code)) this.error('dockview-core lists its modules otherwise than before')
        return {
          code: code.replace(all, kept).replaceAll('= defineModule(', '= /* @__PURE__ */ defineModule('),
          map: null,
        }
      },
    },
  }
}

/**
 * Every codec of the msgpack library knows timestamps. The protocol has none, and `decodeMsgpack` refuses extensions before the library sees them: half
 * a KB of the worker's first. Fails where another version is written otherwise.
 */
function slimMsgpack(): Plugin {
  const registers = 'this.register(timestampExtension);'
  return {
    name: 'depthcast:slim-msgpack',
    apply: 'build',
    transform: {
      filter: { id: /@msgpack\/msgpack\/dist\.esm\/ExtensionCodec\.mjs$/ },
      handler(code) {
        if (!code.includes(registers)) this.error('@msgpack/msgpack registers timestamps otherwise than before')
        return { code: code.replace(registers, ''), map: null }
      },
    },
  }
}

/** Writes `.br` and `.gz` beside everything that compresses, so that the gateway never compresses while it serves. */
function precompress(): Plugin {
  const compressible = new Set(['.js', '.css', '.html', '.svg', '.json', '.txt'])
  return {
    name: 'depthcast:precompress',
    apply: 'build',
    writeBundle: {
      order: 'post',
      sequential: true,
      handler({ dir = '' }) {
        for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
          if (!entry.isFile() || !compressible.has(extname(entry.name))) continue
          const file = join(entry.parentPath, entry.name)
          const content = readFileSync(file)
          writeFileSync(`${file}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
          writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }))
        }
      },
    },
  }
}
