import { createHash } from 'node:crypto';

/**
 * Digest of a request, to tell a repetition from another request with the same key:
 * base64url(SHA-256(method, space, path with query, newline, body)).
 *
 * The body is taken after parsing, because both frameworks have consumed it by then: bytes and text
 * as they are, anything else as `JSON.stringify` renders it. Parsers keep the order of members, so
 * the same bytes give the same digest. A body that nobody has parsed (multipart) is left out.
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
  return JSON.stringify(body);
}
