export { type Address, type App, type AppParts, createApp } from './app.ts'
export { type Cancel, type Clock, systemClock } from './clock.ts'
export {
  type Config,
  ConfigError,
  environment,
  helpText,
  type Invocation,
  loadConfig,
  SETTINGS,
  type Setting,
  variableOf,
} from './config.ts'
export type { GatewayLimits } from './limits.ts'
export { createLog, LOG_LEVELS, type Log, type LogLevel } from './logger.ts'
export { METRICS, type MetricName, type Metrics } from './metrics.ts'
export { RATES_MS } from './pacer.ts'
