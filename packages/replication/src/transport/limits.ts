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
