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

/** Servers a transport remembers: the configured ones and those the broker tells of. */
export const NATS_MAX_SERVERS = 64;
