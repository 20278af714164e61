import { availableParallelism } from 'node:os'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { CHROMIUM_ARGS, CHROMIUM_PATH } from './scripts/browser.ts'

/** For what hangs. How long anything takes says nothing on a small machine that does something else as well. */
const PATIENCE = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 30_000 } },
}

export default defineConfig({
  test: {
    // Most wait for sockets and clocks: with one of two cores left idle, as is the default, the suite takes half as long again.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          ...PATIENCE,
          setupFiles: ['scripts/properties.ts'],
          include: [
            '{market,protocol,feeds,server,client,simulators,bench,e2e}/test/**/*.test.ts',
            'web/test/**/*.test.ts',
          ],
          exclude: ['web/test/**/*.browser.test.ts'],
        },
      },
      {
        plugins: [svelte()],
        // Known beforehand: what is found out only in the browser reloads the page in the middle of a run.
        optimizeDeps: {
          include: [
            '@msgpack/msgpack',
            'zod',
            'zod/mini',
            'fflate',
            'dockview-core',
            'lightweight-charts',
            'socket.io-client',
            'trading-signals',
          ],
        },
        test: {
          name: 'browser',
          ...PATIENCE,
          include: ['web/test/**/*.browser.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: CHROMIUM_PATH,
                args: [...CHROMIUM_ARGS],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
