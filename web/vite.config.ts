import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'
import { themeCss } from './src/theme/css.ts'

const root = fileURLToPath(new URL('.', import.meta.url))

export default defineConfig({
  root,
  publicDir: join(root, 'public'),
  plugins: [svelte({ compilerOptions: { runes: true } }), tokensAsCss(), preloadTextFace(), precompress()],
  worker: { format: 'es' },
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

/** `font-display: optional` gives the text face 100 ms: without a preload the first visit would never see it. */
function preloadTextFace(): Plugin {
  return {
    name: 'depthcast:preload-text-face',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle }) => {
        const face = Object.keys(bundle ?? {}).find((file) => file.includes('ibm-plex-sans') && file.endsWith('.woff2'))
        if (face === undefined) return []
        const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', href: `/${face}`, crossorigin: '' }
        return [{ tag: 'link', attrs, injectTo: 'head' }]
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
