import { expect, test } from 'vitest'
import { ConfigError, helpText, loadConfig, readInvocation, SETTINGS, variableOf } from '../src/index.ts'

test.each([
  { args: ['--prot', '1'], word: 'did you mean --port' },
  { args: ['--port'], word: '--port needs a value' },
  { args: ['--port', '--host'], word: '--port needs a value' },
  { args: ['--port', '70000'], word: '0 to 65535' },
  { args: ['--port=8e3'], word: '0 to 65535' },
  { args: ['--host='], word: '--host must be an address' },
  { args: ['serve'], word: '--help' },
  { args: ['-p', '1'], word: 'unknown flag' },
  { args: ['--constructor'], word: 'unknown flag' },
  { args: ['--help=yes'], word: '--help takes no value' },
  { args: ['--log-level', 'loud'], word: 'fatal, error, warn' },
  { args: ['--speed', '-1'], word: 'max' },
  { args: ['--speed', '0'], word: 'from 0.01 to 1000000' },
  { args: ['--speed', '0.001'], word: 'from 0.01 to 1000000' },
  { args: ['--max-depth', '1000001'], word: 'from 1 to 1000000' },
  { args: ['--web-dir', '/nowhere'], word: 'a folder that is there' },
  { args: ['--web-dir', process.execPath], word: 'a folder that is there' },
  { args: ['--seed', '1.5'], word: 'whole number' },
  { args: ['--min-rate', '7'], word: '10, 20, 50' },
  { args: ['--symbols', 'BTC-USD,'], word: 'commas' },
])('$args is refused in one line that names what is allowed', ({ args, word }) => {
  const refused = () => readInvocation(args, {})
  expect(refused).toThrow(ConfigError)
  expect(refused).toThrow(word)
  expect(refused).not.toThrow('\n')
})

test('a wrong environment variable is named as such', () => {
  expect(() => loadConfig([], { DEPTHCAST_MAX_DEPTH: 'deep' })).toThrow(
    'DEPTHCAST_MAX_DEPTH must be a whole number from 1 to 1000000, or all, not "deep"',
  )
})

test('flags win over the environment, the environment over the default', () => {
  const variables = { DEPTHCAST_PORT: '10', DEPTHCAST_SPEED: 'max', PORT: '11' }
  expect(loadConfig(['--port=9', '--symbols', 'BTC-USD, ETH-USD'], variables)).toMatchObject({
    port: 9,
    speed: 'max',
    host: '127.0.0.1',
    symbols: ['BTC-USD', 'ETH-USD'],
    seed: undefined,
    limits: { maxDepth: 'all', minRateMs: 0 },
  })
})

test('the help lists every flag with its environment variable', () => {
  const lines = helpText().split('\n')
  for (const setting of Object.values(SETTINGS)) {
    expect(
      lines.filter((line) => line.includes(`--${setting.flag} `) && line.includes(` ${variableOf(setting)} `)),
    ).toHaveLength(1)
  }
})

test.each([
  { args: ['--help', '--port', '1'], run: 'help' },
  { args: ['--version'], run: 'version' },
  { args: ['--print-config'], run: 'print-config' },
  { args: [], run: 'serve' },
])('$args is to $run', ({ args, run }) => {
  expect(readInvocation(args, {}).run).toBe(run)
})
