import type { Ledger } from '@depthcast/market'
import type { Body, Channel, ClientEnd } from '../channel.ts'
import type { StatusMessage } from '../message.ts'

/** There is one status of an instrument: nothing to choose. */
export type StatusParams = Record<never, never>

export type StatusUpdate = Body<StatusMessage>

/** What the client holds: the last message whole. */
export type StatusView = { latest: StatusUpdate | undefined }

/** What the view last published. */
export type StatusState = { readonly ledger: Ledger; published: StatusUpdate | undefined }

/** The client's end, for programs that are not to carry the server's as well. */
const statusEnd: ClientEnd<StatusParams, StatusUpdate, StatusView> = {
  params: () => ({}),

  open: () => ({ latest: undefined }),

  apply(view: StatusView, update: StatusUpdate): void {
    view.latest = update
  },
}

/** How an instrument is doing. Complete each time, and small, so that it can go ahead of everything else. */
export const status: Channel<StatusParams, StatusState, StatusUpdate, StatusView> = {
  ...statusEnd,
  name: 'status',
  whenSlow: 'conflate',
  options: [],

  key: () => '',

  init: (ledger) => ({ ledger, published: undefined }),

  accept: ({ ledger, published }) => published === undefined || !isCurrent(ledger, published),

  diff(state: StatusState): StatusUpdate | undefined {
    if (state.published !== undefined && isCurrent(state.ledger, state.published)) return undefined
    return publish(state)
  },

  snapshot: (state: StatusState) => state.published ?? publish(state),

  position: () => undefined,

  toText: (update: StatusUpdate) => update,
}

/** How the ledger's instrument is doing now. */
export function statusOf({ instrument, status, verified, verifiedAt }: Ledger): StatusMessage {
  const at = verifiedAt === undefined ? {} : { verifiedAt }
  return { type: 'status', symbol: instrument.id, ...status, verified, ...at }
}

/** The time of the last verification alone is no news here: the server tells it at its own pace. */
function isCurrent({ status, verified }: Ledger, published: StatusUpdate): boolean {
  return (
    published.state === status.state &&
    published.since === status.since &&
    published.reason === status.reason &&
    published.verified === verified
  )
}

function publish(state: StatusState): StatusUpdate {
  state.published = statusOf(state.ledger)
  return state.published
}
