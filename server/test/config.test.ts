import { expect, test } from 'vitest'
import { ConfigError, variableOf } from '../src/command-line.ts'
import { helpText, loadConfig, printable, readInvocation, venueOptions } from '../src/config.ts'
import { SETTINGS } from '../src/settings.ts'

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
  { args: ['--venue-url', '127.0.0.1:9100'], word: 'an origin such as http://127.0.0.1:9100' },
  { args: ['--venue-url', 'http://127.0.0.1:9100/v2'], word: 'not "http://127.0.0.1:9100/v2"' },
  { args: ['--venue-url', 'bitmex=http://127.0.0.1:9100'], word: 'binance, coinbase' },
  { args: ['--venue-depth', 'kraken=11'], word: 'kraken=10, 25, 100, 500 or 1000' },
  { args: ['--venue-depth', '100'], word: 'a venue and one of its depths' },
  { args: ['--venue-depth', 'coinbase=100'], word: 'binance=1000 or 5000' },
  { args: ['--dump-dir', '/nowhere'], word: 'a folder that is there' },
  { args: ['--host', '0.0.0.0'], word: '--auth none for everyone' },
  { args: ['--host', '::'], word: '--auth none for everyone' },
  { args: ['--host', 'localhost.example.com'], word: '--auth none for everyone' },
  { args: ['--host', '127.0.0.1.example.com'], word: '--auth none for everyone' },
  { args: ['--auth', 'open'], word: 'none, or keys:<file>' },
  { args: ['--auth', 'none,keys:keys.ndjson'], word: 'none, or keys:<file>' },
  { args: ['--auth', 'keys:'], word: 'none, or keys:<file>' },
  { args: ['--auth', 'jwt:http://id.example/jwks'], word: 'https URL' },
  { args: ['--auth', 'jwt:https://user:pass@id.example/jwks'], word: 'https URL' },
  { args: ['--auth', 'jwt:ftp://id.example/jwks'], word: 'https URL' },
  { args: ['--jwt-issuer', 'https://id.example'], word: 'need --auth jwt' },
  { args: ['--auth', 'keys:keys.ndjson', '--jwt-audience', 'depthcast'], word: 'need --auth jwt' },
  { args: ['--allow-origin', 'app.example.com'], word: 'origins such as https://app.example.com' },
  { args: ['--allow-origin', '*,https://app.example.com'], word: 'or *' },
  { args: ['--admin-token-file', '/nowhere'], word: 'a file that is there' },
  { args: ['--tls-cert', process.execPath], word: '--tls-cert needs --tls-key' },
  { args: ['--tls-key', process.execPath], word: '--tls-key needs --tls-cert' },
  { args: ['--new-key'], word: '--new-key needs a value' },
  { args: ['--new-key', 'two words'], word: '1 to 64 letters, digits' },
])('$args is refused in one line that names what is allowed', ({ args, word }) => {
  const refused = () => readInvocation(args, {})
  expect(refused).toThrow(ConfigError)
  expect(refused).toThrow(word)
  expect(refused).not.toThrow('\n')
})

test('--venue-depth says how many levels a side a venue is asked for', () => {
  expect(loadConfig(['--venue-depth', 'kraken=100,binance=5000']).venueDepths).toEqual({
    kraken: { depth: 100 },
    binance: { depth: 5000 },
  })
  expect(loadConfig([]).venueDepths).toBeUndefined()
  const both = loadConfig(['--venue-depth', 'kraken=10', '--venue-url', 'kraken=ws://127.0.0.1:9100'])
  expect(venueOptions(both)).toEqual({
    kraken: { wsUrl: 'ws://127.0.0.1:9100', httpUrl: 'http://127.0.0.1:9100', depth: 10 },
  })
  expect(venueOptions(loadConfig([]))).toEqual({})
})

test('--venue-url sends every venue, or those it names, to other addresses', () => {
  const here = { wsUrl: 'ws://127.0.0.1:9100', httpUrl: 'http://127.0.0.1:9100' }
  expect(loadConfig(['--venue-url', 'http://127.0.0.1:9100']).venueUrls).toMatchObject({
    binance: here,
    coinbase: here,
  })
  expect(loadConfig(['--venue-url', 'coinbase=ws://127.0.0.1:9100']).venueUrls).toEqual({ coinbase: here })
  expect(loadConfig([]).venueUrls).toBeUndefined()
})

test('a wrong environment variable is named as such', () => {
  expect(() => loadConfig([], { DEPTHCAST_MAX_DEPTH: 'deep' })).toThrow(
    'DEPTHCAST_MAX_DEPTH must be a whole number from 1 to 1000000, or all, not "deep"',
  )
})

test('a key that was meant for elsewhere is not repeated', () => {
  expect(() => loadConfig(['--auth', 'dc_secret'])).toThrow(ConfigError)
  expect(() => loadConfig(['--auth', 'dc_secret'])).not.toThrow('dc_secret')
})

test.each([
  { args: [], auth: [] },
  { args: ['--host', 'localhost'], auth: [] },
  { args: ['--host', '::1'], auth: [] },
  { args: ['--host', '127.0.0.2'], auth: [] },
  { args: ['--host', '0.0.0.0', '--auth', 'none'], auth: [] },
  {
    args: ['--host', '0.0.0.0', '--auth', 'keys:/etc/keys, jwt:/etc/jwt.pem', '--jwt-issuer', 'me'],
    auth: [
      { kind: 'keys', file: '/etc/keys' },
      { kind: 'jwt', source: '/etc/jwt.pem' },
    ],
  },
  {
    args: ['--auth', 'jwt:https://id.example/jwks'],
    auth: [{ kind: 'jwt', source: new URL('https://id.example/jwks') }],
  },
])('$args lets in $auth', ({ args, auth }) => {
  expect(loadConfig(args).auth).toEqual(auth)
})

test('origins are read as browsers say them', () => {
  expect(loadConfig(['--allow-origin', 'https://App.example.com/, http://localhost:5173']).origins).toEqual([
    'https://app.example.com',
    'http://localhost:5173',
  ])
  expect(loadConfig(['--allow-origin', '*']).origins).toBe('*')
})

test('what is printed of the configuration holds no query, where a secret may be', () => {
  const printed = printable(loadConfig(['--auth', 'jwt:https://id.example/jwks?token=secret,keys:keys.ndjson']))
  expect(JSON.parse(printed)).toMatchObject({ auth: [{ source: 'https://id.example/jwks' }, { file: 'keys.ndjson' }] })
  expect(printed).not.toContain('secret')
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
  { args: ['--new-key', 'desk', '--host', '0.0.0.0'], run: 'new-key' },
  { args: ['--print-config'], run: 'print-config' },
  { args: [], run: 'serve' },
])('$args is to $run', ({ args, run }) => {
  expect(readInvocation(args, {}).run).toBe(run)
})
