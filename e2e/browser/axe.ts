import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** The one rule that Lighthouse adds to axe's own: a control is called by the words that stand on it. */
const RULES = { 'label-content-name-mismatch': { enabled: true } }

/** Nothing on the whole page breaks a rule, in either theme. Leaves the page dark. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  const found: Record<string, readonly string[]> = {}
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    found[colorScheme] = await violations(page)
  }
  expect(found, where).toEqual({ light: [], dark: [] })
}

/** The page as it is: what breaks a rule, and where; of all rules, or of these. */
export async function violations(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  // The page has no frames, so there is no need for a page of its own to gather what each has found.
  const axe = new AxeBuilder({ page }).setLegacyMode()
  const { violations } = await (rules === undefined
    ? axe.options({ rules: RULES })
    : axe.withRules([...rules])
  ).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
}
