import { formatDecimal } from '../state/format.ts'

/**
 * Puts a price on the clipboard, an exact decimal without grouping, and says so as the page writes numbers. Where the browser does not let it
 * (no secure context, no permission, no focus), the words hold the price, to be marked and copied by hand.
 */
export async function copyPrice(price: string): Promise<{ readonly text: string; readonly isDone: boolean }> {
  try {
    await navigator.clipboard.writeText(price)
    return { text: `Copied ${formatDecimal(price)}`, isDone: true }
  } catch {
    return { text: `${price} was not copied: the browser does not allow it here`, isDone: false }
  }
}
