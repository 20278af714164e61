export { KNOWN } from './catalogue.ts'
export * from './exchange.ts'
export { openExchange } from './open-exchange.ts'
