/** Every metric there is. Counters count up from the start of the process; gauges are read when somebody looks. */
export const METRICS = {
  depthcast_feed_events_total: { type: 'counter', labels: ['kind'], help: 'Market events folded, by kind.' },
  depthcast_feed_levels_total: { type: 'counter', labels: [], help: 'Levels of books in those events.' },
  depthcast_feed_gaps_total: {
    type: 'counter',
    labels: ['stream', 'reason'],
    help: 'Times a stream lost its thread, by reason; each of a book is a resync.',
  },
  depthcast_feed_unknown_instrument_total: {
    type: 'counter',
    labels: [],
    help: 'Market events dropped because nobody announced their instrument.',
  },
  depthcast_feed_frames_total: { type: 'counter', labels: ['feed'], help: 'Frames received from a source.' },
  depthcast_feed_errors_total: { type: 'counter', labels: ['feed'], help: 'Errors of a source, each dealt with.' },
  depthcast_feed_reconnects_total: { type: 'counter', labels: ['feed'], help: 'Times a source was connected again.' },
  depthcast_feed_rolls_total: {
    type: 'counter',
    labels: ['feed'],
    help: 'Times a connection was replaced before its end, without a gap.',
  },
  depthcast_feed_clock_offset_seconds: {
    type: 'gauge',
    labels: ['feed'],
    help: "Our clock less the venue's, the fastest way here included; absent while unknown.",
  },
  depthcast_feed_latency_seconds: {
    type: 'gauge',
    labels: ['feed'],
    help: 'How much longer than the fastest the events of the last minute took, on average; absent while unknown.',
  },
  depthcast_feed_checks_total: {
    type: 'counter',
    labels: ['feed', 'check', 'outcome'],
    help: 'Times what came was held against what proves it, by kind: passed or failed.',
  },
  depthcast_feed_first_verified_seconds: {
    type: 'gauge',
    labels: ['feed'],
    help: 'From the opening of the present connection to its first verified book; absent until then.',
  },
  depthcast_feed_buffered_updates: {
    type: 'gauge',
    labels: ['feed'],
    help: 'Updates of books that are kept until the snapshot which they continue is there.',
  },
  depthcast_feed_connects_left: {
    type: 'gauge',
    labels: ['feed'],
    help: "Attempts to connect that the venue's limit leaves us at present.",
  },
  depthcast_instruments: { type: 'gauge', labels: ['venue', 'state'], help: 'Instruments by their state.' },
  depthcast_book_age_seconds: {
    type: 'gauge',
    labels: ['venue'],
    help: 'How long ago the longest unverified of the books that are shown as right was verified; absent without one.',
  },
  depthcast_hub_errors_total: {
    type: 'counter',
    labels: [],
    help: 'Faults of the gateway itself, each kept to the one book or view it struck.',
  },
  depthcast_view_encodes_total: {
    type: 'counter',
    labels: ['encoding', 'kind'],
    help: 'Messages of views encoded: once a view and encoding, whoever listens.',
  },
  depthcast_frames_total: { type: 'counter', labels: [], help: 'Frames handed to clients.' },
  depthcast_writes_total: {
    type: 'counter',
    labels: [],
    help: 'Writes to client sockets; one carries all frames of a moment.',
  },
  depthcast_bytes_total: { type: 'counter', labels: [], help: 'Bytes of frames handed to clients.' },
  depthcast_io_uring_writes_total: {
    type: 'counter',
    labels: [],
    help: 'Writes among those that left together with others, in one call of the kernel; 0 where io_uring is not used.',
  },
  depthcast_io_uring_calls_total: { type: 'counter', labels: [], help: 'Calls that they left in.' },
  depthcast_slow_marks_total: {
    type: 'counter',
    labels: [],
    help: 'Times a client could not take an update and was given a mark instead.',
  },
  depthcast_slow_steps_total: {
    type: 'counter',
    labels: ['step'],
    help: 'What was done about slow clients: slowed, restored, warned, cut.',
  },
  depthcast_lost_total: {
    type: 'counter',
    labels: [],
    help: 'Updates and trades that clients who had fallen behind will never get, each client told how many.',
  },
  depthcast_merged_total: {
    type: 'counter',
    labels: [],
    help: 'Source updates that left inside the message of another, counted once a view.',
  },
  depthcast_acks_total: { type: 'counter', labels: [], help: 'Acks of clients that said how much they have received.' },
  depthcast_resumes_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Views that clients came back to: recovered, or begun afresh; and resume tokens refused.',
  },
  depthcast_requests_total: {
    type: 'counter',
    labels: ['request', 'code'],
    help: 'Requests of clients, by what came of them; 0 is no error.',
  },
  depthcast_auth_refusals_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'Handshakes and requests refused for who makes them, by reason.',
  },
  depthcast_sockets_dropped_total: {
    type: 'counter',
    labels: [],
    help: 'Connections closed unheard, because there were as many as may be.',
  },
  depthcast_closes_total: { type: 'counter', labels: ['reason'], help: 'Sessions ended, by reason.' },
  depthcast_sessions: { type: 'gauge', labels: ['door'], help: 'Clients connected, by door.' },
  depthcast_waiting_requests: { type: 'gauge', labels: [], help: 'HTTP requests that wait for a book to change.' },
  depthcast_views: { type: 'gauge', labels: [], help: 'Distinct views being published.' },
  depthcast_views_degraded: {
    type: 'gauge',
    labels: [],
    help: 'Views published at a lower rate than was granted, because of the load.',
  },
  depthcast_rate_floor_seconds: {
    type: 'gauge',
    labels: [],
    help: 'Least time between two updates of any view, because of the load; 0 while there is no need.',
  },
  depthcast_subscriptions: { type: 'gauge', labels: [], help: 'Views held by clients, each counted for each client.' },
  depthcast_buffered_bytes: {
    type: 'gauge',
    labels: [],
    help: 'Bytes held in this process for clients; what the kernel holds is not seen.',
  },
  depthcast_unconfirmed_bytes: {
    type: 'gauge',
    labels: [],
    help: 'Bytes of view messages on their way to clients, sent and not yet confirmed.',
  },
  depthcast_sessions_held: {
    type: 'gauge',
    labels: [],
    help: 'Clients who are owed something and cannot take it at present.',
  },
  depthcast_lag_seconds: {
    type: 'gauge',
    labels: [],
    help: 'How long the oldest mark of any client waits to be paid.',
  },
  depthcast_tls_expires_at_seconds: {
    type: 'gauge',
    labels: [],
    help: 'When the TLS certificate expires, seconds since 1970; absent without one.',
  },
  depthcast_event_loop_delay_seconds: {
    type: 'gauge',
    labels: ['quantile'],
    help: 'How late the event loop ran since the metrics were last read; 0 is in time.',
  },
  depthcast_cpu_seconds_total: {
    type: 'counter',
    labels: ['mode'],
    help: 'Processor time of the process, user and system.',
  },
  depthcast_memory_bytes: { type: 'gauge', labels: ['kind'], help: 'Memory of the process.' },
} as const satisfies Record<
  string,
  { readonly type: 'counter' | 'gauge'; readonly labels: readonly string[]; readonly help: string }
>

export type MetricName = keyof typeof METRICS
