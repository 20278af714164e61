import { CONNECTION_FAULTS } from './connection-faults.ts'
import type { Fault } from './fault.ts'
import { FRAME_FAULTS } from './frame-faults.ts'
import { VENUE_FAULTS } from './venue-faults.ts'

const TABLE = [...FRAME_FAULTS, ...CONNECTION_FAULTS, ...VENUE_FAULTS] as const

export type FaultName = (typeof TABLE)[number]['name']

/** Every fault that can be asked for, and what must notice it where. */
export const FAULTS: readonly Fault<FaultName>[] = TABLE

/** Undefined for a name that is none. */
export function faultNamed(name: string): Fault<FaultName> | undefined {
  return FAULTS.find((fault) => fault.name === name)
}
