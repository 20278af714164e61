import type { ErrorSlug } from './errors.ts'

/** For people: what happened, and what to do about it. Apart from the table, which every client carries. */
export const ERROR_WORDS: Readonly<Record<ErrorSlug, { readonly meaning: string; readonly recovery: string }>> = {
  'bad-request': {
    meaning:
      'The message cannot be read: not msgpack or JSON, a field missing, unknown, or of the wrong type; or a resume token was made elsewhere.',
    recovery: 'Fix the message; the text names the field and what was expected.',
  },
  unauthorized: {
    meaning: 'The token is missing, wrong, withdrawn or expired, also while connected.',
    recovery: 'Connect again with a valid token in the handshake.',
  },
  forbidden: {
    meaning: 'This token may not have that symbol or channel, or a page of this origin may not connect.',
    recovery: 'Ask for what the token is entitled to, which the text names; an origin is allowed at the server.',
  },
  'unknown-symbol': {
    meaning: 'No feed of this server carries that instrument.',
    recovery: 'Use an id from the list of instruments.',
  },
  'symbol-limit': {
    meaning: 'The session holds as many subscriptions as it may, or one request names too many symbols.',
    recovery: 'Unsubscribe from something first, or ask in several requests; the limits are in `welcome`.',
  },
  'connection-limit': {
    meaning: 'This key or address has as many connections as it may, or the server is full; the text names the limit.',
    recovery: 'Close another connection, or come back later.',
  },
  'slow-client': {
    meaning: 'The client took nothing for too long, even after its views were conflated and slowed.',
    recovery: 'Reconnect with backoff; ask for fewer views, less depth or a lower rate.',
  },
  timeout: {
    meaning: 'The client did not finish its handshake within `handshakeMs`.',
    recovery: 'Reconnect with backoff, and say the handshake at once.',
  },
  plan: {
    meaning: 'The plan behind this token does not include what was asked for.',
    recovery: 'Ask for what the plan includes; the text names it.',
  },
  'unknown-sub': {
    meaning: 'The sub is not, or no longer, one of this session.',
    recovery: 'List the subs; subscribe again if it should be there.',
  },
  'too-big': {
    meaning: 'The message is larger than the session may send.',
    recovery: 'Send smaller messages; the limit is in `welcome`.',
  },
  unsupported: {
    meaning:
      'A value is well formed but not one the server offers, or not any more, such as a resume token that has ended.',
    recovery: 'Choose from what the text says is allowed.',
  },
  'protocol-version': {
    meaning: 'The client speaks another version of the protocol.',
    recovery: 'Use a client for the version the text names.',
  },
  'rate-limited': {
    meaning: 'The session sends more messages, or asks for more symbols, a second than it may.',
    recovery: 'Wait `retryAfterMs`, then send more slowly.',
  },
  internal: {
    meaning: 'Something broke on the server; it is logged there.',
    recovery: 'Try again after a while.',
  },
  'history-unavailable': {
    meaning:
      'There are older bars at the venue, and they could not be had: it failed, refused, or lets the gateway ask no more for a while.',
    recovery: 'Try again after `retryAfterMs`; what was had stays right.',
  },
  'not-ready': {
    meaning: 'The server is starting, stopping, has no data for this yet, or publishes as many views as it may.',
    recovery: 'Try again after `retryAfterMs`, or after a second.',
  },
}
