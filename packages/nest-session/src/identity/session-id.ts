import { hash } from 'node:crypto';

/** Fills a buffer with cryptographic randomness; injected so that tests can repeat a run. */
export type RandomBytes = (size: number) => Buffer;

/** A session id: 256 random bits as base64url, 43 characters. Lives in the client's cookie only. */
export type SessionId = string;

/** Bytes of randomness in an id; ASVS 5.0 7.2.3 asks for 16. */
const SESSION_ID_BYTES = 32;

export function mintSessionId(randomBytes: RandomBytes): SessionId {
  return randomBytes(SESSION_ID_BYTES).toString('base64url');
}

/** SHA-256 of the id as base64url: the only form that leaves the request. */
export function sessionKeyOf(id: SessionId): string {
  return hash('sha256', id, 'base64url');
}

/**
 * Mints an id whose key this node would own, so that a new session needs no hop. Placement is a
 * hint: after `tries` the last id is taken wherever it belongs.
 */
export function mintPlacedId(
  randomBytes: RandomBytes,
  placement: { wouldOwn(key: string): boolean; mintTries(): number },
): { readonly id: SessionId; readonly key: string } {
  const tries = Math.max(1, placement.mintTries());
  let id = mintSessionId(randomBytes);
  let key = sessionKeyOf(id);
  for (let attempt = 1; attempt < tries && !placement.wouldOwn(key); attempt++) {
    id = mintSessionId(randomBytes);
    key = sessionKeyOf(id);
  }
  return { id, key };
}
