import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** The one rule that Lighthouse adds to axe's own: a control is called by the words that stand on it. */
const RULES = { 'label-content-name-mismatch': { enabled: true } }

/** Nothing on the whole page breaks a rule, in either theme; of the two, colours are all that differ. Leaves the page dark. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  // The page has no frames, so there is no need for a page of its own to gather what each has found.
  const axe = (): AxeBuilder => new AxeBuilder({ page }).setLegacyMode()
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await axe().withRules('color-contrast').analyze()
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await axe().options({ rules: RULES }).analyze()
  const found = [light, dark].map(({ violations }) =>
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`),
  )
  expect({ light: found[0], dark: found[1] }, where).toEqual({ light: [], dark: [] })
}
