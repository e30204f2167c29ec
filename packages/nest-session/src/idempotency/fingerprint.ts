import { createHash } from 'node:crypto';
import { SessionRequestError } from '../errors.js';

/**
 * Digest of a request, to tell a repetition from another request with the same key:
 * base64url(SHA-256(method, space, path with query, newline, body)).
 *
 * The body is taken after parsing, because both frameworks have consumed it by then: bytes and text
 * as they are, anything else as `JSON.stringify` renders it. Parsers keep the order of members, so
 * the same bytes give the same digest. A body that nobody has parsed (multipart) is left out.
 *
 * Throws `SessionRequestError` for a body that is nested too deeply to be rendered again.
 */
export function requestFingerprint(method: string, target: string, body: unknown): string {
  const digest = createHash('sha256').update(`${method} ${target}\n`);
  const bytes = bodyBytes(body);
  if (bytes !== undefined) digest.update(bytes);
  return digest.digest('base64url');
}

function bodyBytes(body: unknown): string | Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  try {
    return JSON.stringify(body);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Parsers go deeper than the stack does: as it stands it would be our failure, and logged as one.
    throw new SessionRequestError('the body is nested too deeply for an Idempotency-Key');
  }
}
