import type { PanelId } from '../engine/messages.ts'
import type { Layout } from './workspace.ts'

/** Between two panels, CSS px: the gap is what one drags to resize. */
export const GAP = 4
/** A panel has at least this much of either side, CSS px, where there is room for it. */
export const LEAST = 48

export type Size = { readonly width: number; readonly height: number }
/** In CSS px from the upper left corner of the page's room, all whole: a canvas between two pixels is blurred. */
export type Box = Size & { readonly left: number; readonly top: number }

export type Boxes = {
  /** Panels that share a box are tabs; `active` is the one in front. */
  readonly groups: readonly { readonly panels: readonly PanelId[]; readonly active: PanelId; readonly box: Box }[]
  readonly gaps: readonly { readonly between: 'row' | 'column'; readonly box: Box }[]
}

/** Where everything of a layout stands in a room of this size. */
export function boxesOf(layout: Layout, { width, height }: Size): Boxes {
  return boxesIn(layout, { left: 0, top: 0, width, height })
}

/** How long each part is along the axis of its split, of `length` CSS px less the gaps. */
export function lengthsOf({ kind, parts, sizes }: Split, length: number): readonly number[] {
  const room = Math.max(0, length - GAP * (parts.length - 1))
  const least = parts.map((part) => leastOf(part, kind))
  const weights = parts.map((_, index) => sizes[index] ?? 1)
  const isTight = sum(least) > room
  const shares = isTight ? shared(room, least) : withLeast(room, weights, least)
  // The edges are rounded, not the lengths: those add up then.
  const edges = shares.map((_, index) => Math.round(sum(shares.slice(0, index + 1))))
  return edges.map((edge, index) => edge - (edges[index - 1] ?? 0))
}

function boxesIn(layout: Layout, box: Box): Boxes {
  if (layout.kind === 'tabs') return { groups: [{ panels: layout.panels, active: layout.active, box }], gaps: [] }
  const isRow = layout.kind === 'row'
  const lengths = lengthsOf(layout, isRow ? box.width : box.height)
  const along = (from: number, length: number): Box =>
    isRow ? { ...box, left: box.left + from, width: length } : { ...box, top: box.top + from, height: length }
  const starts = lengths.map((_, index) => sum(lengths.slice(0, index)) + GAP * index)
  const inside = layout.parts.map((part, index) => boxesIn(part, along(starts[index] ?? 0, lengths[index] ?? 0)))
  const gaps = starts.slice(1).map((start) => ({ between: layout.kind, box: along(start - GAP, GAP) }))
  return {
    groups: inside.flatMap(({ groups }) => groups),
    gaps: [...gaps, ...inside.flatMap(({ gaps }) => gaps)],
  }
}

type Split = Exclude<Layout, { kind: 'tabs' }>

/** What a part takes along an axis when all its panels are as small as they get. */
function leastOf(layout: Layout, axis: 'row' | 'column'): number {
  if (layout.kind === 'tabs') return LEAST
  const inside = layout.parts.map((part) => leastOf(part, axis))
  return layout.kind === axis ? sum(inside) + GAP * (inside.length - 1) : Math.max(...inside)
}

/** By weight, but for those that would fall short of their least: they get it, and the others share what is left. */
function withLeast(room: number, weights: readonly number[], least: readonly number[]): readonly number[] {
  const fixed = new Set<number>()
  for (;;) {
    const left = room - sum(least.filter((_, index) => fixed.has(index)))
    const total = sum(weights.filter((_, index) => !fixed.has(index)))
    const shares = weights.map((weight, index) => (fixed.has(index) ? (least[index] ?? 0) : (left * weight) / total))
    const short = shares.findIndex((share, index) => !fixed.has(index) && share < (least[index] ?? 0))
    if (short === -1) return shares
    fixed.add(short)
  }
}

function shared(room: number, weights: readonly number[]): readonly number[] {
  const total = sum(weights)
  return weights.map((weight) => (room * weight) / total)
}

function sum(lengths: readonly number[]): number {
  return lengths.reduce((total, length) => total + length, 0)
}
