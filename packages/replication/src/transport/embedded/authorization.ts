import { createHash, timingSafeEqual } from 'node:crypto';

/** What a client must show: a token, or a user with its password. */
export interface BusCredentials {
  readonly token?: string | undefined;
  readonly user?: string | undefined;
  readonly pass?: string | undefined;
}

export function needsAuthorization({ token, user }: BusCredentials): boolean {
  return token !== undefined || user !== undefined;
}

/** @param shown the fields `auth_token`, `user` and `pass` of CONNECT */
export function isAuthorized(
  wanted: BusCredentials,
  shown: Readonly<Record<string, unknown>>,
): boolean {
  if (wanted.token !== undefined) return same(wanted.token, shown.auth_token);
  if (wanted.user === undefined) return true;
  const userMatches = same(wanted.user, shown.user);
  return same(wanted.pass ?? '', shown.pass ?? '') && userMatches;
}

/** In the same time whatever is shown, so that a secret cannot be guessed byte by byte. */
function same(wanted: string, shown: unknown): boolean {
  if (typeof shown !== 'string') return false;
  return timingSafeEqual(digest(wanted), digest(shown));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
