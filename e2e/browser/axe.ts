import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** The one rule that Lighthouse adds to axe's own: a control is called by the words that stand on it. */
const RULES = { 'label-content-name-mismatch': { enabled: true } }

/**
 * Nothing on the whole page breaks a rule, in either theme; where only a part of it is new, the light theme looks at that alone. Leaves the page
 * dark.
 */
export async function expectAccessible(page: Page, where: string, part?: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await violations(page, { part })
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await violations(page)
  expect({ light, dark }, where).toEqual({ light: [], dark: [] })
}

type Looks = { readonly rules?: readonly string[]; readonly part?: string | undefined }

/** The page as it is, or a part of it: what breaks a rule, and where; of all rules, or of these. */
export async function violations(page: Page, { rules, part }: Looks = {}): Promise<readonly string[]> {
  // The page has no frames, so there is no need for a page of its own to gather what each has found.
  const axe = new AxeBuilder({ page }).setLegacyMode()
  if (part !== undefined) axe.include(part)
  const { violations } = await (rules === undefined
    ? axe.options({ rules: RULES })
    : axe.withRules([...rules])
  ).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
}
