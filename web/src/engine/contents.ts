import type { Content } from './content.ts'
import type { NumberStyle } from './decimal.ts'
import type { PanelKind, PanelOptions } from './messages.ts'
import type { Panel, PanelContext } from './panel.ts'

/** Makes a panel of one kind. Whoever tells it things need not know what its views are. */
export type MakePanel = (of: Omit<PanelContext<unknown>, 'content'>, style: NumberStyle) => Panel<unknown>

/** Where a kind's program comes from: it is here already, or is fetched when the first panel of the kind is opened. */
type ContentSource = MakePanel | { readonly load: () => Promise<MakePanel> }

export type Contents = Readonly<Record<PanelKind, ContentSource>>

type MakeContent = (options: PanelOptions, style: NumberStyle) => Content<unknown>

/** Every kind of panel there is. None is on the way to the first quote, which needs a connection and nothing else. */
export const CONTENTS = {
  ladder: fetched(async () => {
    const { LadderContent } = await import('./ladder.ts')
    return (options, style) => new LadderContent(options, style)
  }),
  depth: fetched(async () => {
    const { DepthContent } = await import('./depth.ts')
    return (options, style) => new DepthContent(options, style)
  }),
  tape: fetched(async () => {
    const { TapeContent } = await import('./tape.ts')
    return (options, style) => new TapeContent(options, style)
  }),
  heatmap: fetched(async () => {
    const { HeatmapContent } = await import('./heatmap.ts')
    return (options, style) => new HeatmapContent(options, style)
  }),
} satisfies Contents

/** What all panels are made of comes with the first content. */
function fetched(content: () => Promise<MakeContent>): { readonly load: () => Promise<MakePanel> } {
  return {
    load: async () => {
      const [{ Panel }, make] = await Promise.all([import('./panel.ts'), content()])
      return (of, style) => new Panel({ ...of, content: make(of.options, style) })
    },
  }
}
