import { expect, type Page } from '@playwright/test'

/** Brings what drags panels, as a hand does that comes near a panel's header. */
export async function touched(page: Page): Promise<void> {
  await page.locator('.seat:not([hidden]) .panel > header h2').first().hover()
  await expect(page.locator('.depthcast-dock .dv-groupview').first()).toBeAttached()
}
