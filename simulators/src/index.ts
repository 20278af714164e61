export type { Output } from './output.ts'
export { runProgram } from './program.ts'
