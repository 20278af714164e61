import { deflateRawSync } from 'node:zlib'

type Panel = { readonly kind: string; readonly options?: object }

/** The end of an address that shows these panels side by side, and nothing else: `watch-1`, `ladder-1`, `ladder-2` and so on. */
export function showing(panels: readonly (string | Panel)[], groups: Readonly<Record<string, string>> = {}): string {
  const counts = new Map<string, number>()
  const named = panels.map((panel): [id: string, Panel] => {
    const of = typeof panel === 'string' ? { kind: panel } : panel
    const count = (counts.get(of.kind) ?? 0) + 1
    counts.set(of.kind, count)
    return [`${of.kind}-${count}`, of]
  })
  const parts = named.map(([id]) => ({ kind: 'tabs', panels: [id], active: id }))
  const workspace = {
    version: 1,
    name: 'Shown',
    layout: parts.length === 1 ? parts[0] : { kind: 'row', parts, sizes: parts.map(() => 1) },
    panels: Object.fromEntries(named.map(([id, { kind, options = {} }]) => [id, { kind, group: 1, options }])),
    groups,
  }
  return `/#w=${deflateRawSync(JSON.stringify(workspace)).toString('base64url')}`
}
