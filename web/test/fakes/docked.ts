import { expect } from 'vitest'
import { userEvent } from 'vitest/browser'
import { eventually } from './eventually.ts'

/** Brings what drags panels, as a hand does that comes near one; there has to be a quote. */
export async function docked(near = '.seat:not([hidden]) .panel > header h2'): Promise<void> {
  await userEvent.hover(document.querySelector(near) as HTMLElement)
  await eventually(() => expect(document.querySelector('.depthcast-dock .dv-groupview')).not.toBeNull())
}
