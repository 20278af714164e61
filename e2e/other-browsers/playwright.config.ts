import { defineConfig } from '@playwright/test'
import { ENGINES, missing } from './installed.ts'

/** The smoke in each browser that is here. `npm run browsers` says which are not. */
export default defineConfig<object, { engine: 'firefox' | 'webkit' }>({
  testDir: '.',
  outputDir: '../../test-results/other-browsers',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 45_000 },
  reporter: [['list']],
  projects: ENGINES.filter((engine) => missing(engine).length === 0).map(({ name }) => ({
    name,
    use: { engine: name },
  })),
})
