import type { Content } from './content.ts'
import type { NumberStyle } from './decimal.ts'
import { LadderContent } from './ladder.ts'
import type { PanelKind, PanelOptions } from './messages.ts'
import { TapeContent } from './tape.ts'

/** A panel only hands its views on, so it need not know what they are. */
export type MakeContent = (options: PanelOptions, style: NumberStyle) => Content<unknown>

/**
 * A kind's content: there from the start, or fetched when the first panel of the kind is opened. What is not on the page when it opens is
 * fetched, so that the engine is up the sooner: `{ load: async () => { const { X } = await import('./x.ts'); return (…) => new X(…) } }`.
 */
type ContentSource = MakeContent | { readonly load: () => Promise<MakeContent> }

export type Contents = Readonly<Record<PanelKind, ContentSource>>

/** Every kind of panel there is. */
export const CONTENTS: Contents = {
  ladder: (options, style) => new LadderContent(options, style),
  depth: {
    load: async () => {
      const { DepthContent } = await import('./depth.ts')
      return (options, style) => new DepthContent(options, style)
    },
  },
  tape: (options, style) => new TapeContent(options, style),
  heatmap: {
    load: async () => {
      const { HeatmapContent } = await import('./heatmap.ts')
      return (options, style) => new HeatmapContent(options, style)
    },
  },
}
