import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { METRICS } from '../src/metric-table.ts'
import { SETTINGS } from '../src/settings.ts'

const ROOT = new URL('../../', import.meta.url)
const PAGE = readFileSync(new URL('SECURITY.md', ROOT), 'utf8')

test('every test that SECURITY.md rests a claim on is there', () => {
  const files = [...PAGE.matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, file = '']) => file)
  expect(files.length).toBeGreaterThan(12)
  expect(files.filter((file) => !existsSync(new URL(file, ROOT)))).toEqual([])
})

test('every flag and metric that SECURITY.md names exists, and every limit is named', () => {
  const flags = Object.values(SETTINGS).map(({ flag }) => flag)
  const named = [...PAGE.matchAll(/`--([\w-]+)/g)].map(([, flag = '']) => flag)
  expect(named.filter((flag) => !flags.some((known) => known === flag))).toEqual([])
  const limits = flags.filter((flag) => /^(max-|min-|target-)|^(window|handshake-timeout)$/.test(flag))
  expect(limits.filter((flag) => !named.includes(flag))).toEqual([])
  const metrics = [...PAGE.matchAll(/depthcast_\w+/g)].map(([name]) => name)
  expect(metrics.filter((name) => !Object.hasOwn(METRICS, name))).toEqual([])
})
