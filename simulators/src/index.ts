export { naiveFold, type PlainBook, plain } from './naive-fold.ts'
export type { Output } from './output.ts'
export { runProgram } from './program.ts'
