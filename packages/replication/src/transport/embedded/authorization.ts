import { createHash, timingSafeEqual } from 'node:crypto';
import type { ConnectOptions } from './connect-options.js';

/** What a client must show: a token, or a user with its password. */
export interface BusCredentials {
  readonly token?: string | undefined;
  readonly user?: string | undefined;
  readonly pass?: string | undefined;
}

export function needsAuthorization({ token, user }: BusCredentials): boolean {
  return token !== undefined || user !== undefined;
}

export function isAuthorized(wanted: BusCredentials, shown: ConnectOptions): boolean {
  if (wanted.token !== undefined) return same(wanted.token, shown.auth_token);
  if (wanted.user === undefined) return true;
  const userMatches = same(wanted.user, shown.user);
  return same(wanted.pass ?? '', shown.pass) && userMatches;
}

/** In the same time whatever is shown, so that a secret cannot be guessed byte by byte. */
function same(wanted: string, shown: string | null | undefined): boolean {
  return timingSafeEqual(digest(wanted), digest(shown ?? ''));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
