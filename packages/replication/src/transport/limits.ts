/** Longest subject or reply address in characters; two of them fit a NATS control line of 4096. */
export const MAX_SUBJECT_LENGTH = 1024;

/** Subjects whose matches are remembered per tree; above it the memory starts afresh. */
export const MAX_REMEMBERED_SUBJECTS = 1024;

/** Payload limit of the in-memory bus in bytes; the default of nats-server. */
export const MEMORY_MAX_PAYLOAD_BYTES = 1_048_576;

/** Bytes waiting on an in-memory bus; what comes on top is dropped, as a slow consumer's would be. */
export const MEMORY_MAX_WAITING_BYTES = 67_108_864;

/** Messages waiting on an in-memory bus; guards against floods of empty payloads. */
export const MEMORY_MAX_WAITING_MESSAGES = 262_144;

/**
 * Bytes handed to a NATS client that the broker has not confirmed. The client's own buffer has no
 * bound and ignores the socket's back-pressure, so what comes on top is dropped here.
 */
export const NATS_MAX_UNCONFIRMED_BYTES = 67_108_864;

/** Bytes after which the broker is asked to confirm. */
export const NATS_CONFIRM_EVERY_BYTES = 1_048_576;

/** What a broker that has not said its `max_payload` yet is taken to accept. */
export const NATS_USUAL_PAYLOAD_BYTES = 1_048_576;

/** Room in `max_payload` kept for the header that marks our own messages. */
export const NATS_HEADER_RESERVE_BYTES = 64;

/** Different complaints of a broker that are passed to the log, per connection. */
export const NATS_MAX_COMPLAINTS = 64;

/** Servers a transport remembers: the configured ones and those the broker tells of. */
export const NATS_MAX_SERVERS = 64;

/** First line of a server that is asked about TLS; those of nats-server have a few hundred bytes. */
export const NATS_MAX_ANNOUNCEMENT_BYTES = 65_536;

/** `max_payload` of the embedded bus in bytes; headers count. */
export const BUS_MAX_PAYLOAD_BYTES = 1_048_576;

/** `max_control_line` of the embedded bus: bytes of a command after its name. */
export const BUS_MAX_CONTROL_LINE_BYTES = 4096;

/** Connections the embedded bus accepts at a time. */
export const BUS_MAX_CONNECTIONS = 1024;

/** Subscriptions of one connection to the embedded bus. */
export const BUS_MAX_SUBSCRIPTIONS = 16_384;

/** Bytes waiting for one connection; a client that reads so slowly is cut off. */
export const BUS_MAX_OUTBOUND_BYTES = 67_108_864;

/** Bytes collected before they are given to a socket in one piece. */
export const BUS_WRITE_BLOCK_BYTES = 65_536;

/** A client that has not said who it is after this long is cut off, in ms. */
export const BUS_AUTH_TIMEOUT_MS = 2_000;

/** Default pause between pings to a client of the embedded bus, in ms. */
export const BUS_PING_INTERVAL_MS = 10_000;

/** Unanswered pings after which a client counts as gone. */
export const BUS_MAX_PINGS_OUT = 2;

/** A connection that was ended but does not take its last bytes is cut after this long, in ms. */
export const BUS_FAREWELL_MS = 1_000;
