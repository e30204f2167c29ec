import type { KeyRing } from '../../identity/key-ring.js';

const VERSION = 's1';
const MAC_CHARACTERS = 22;
const SEEN_COOKIE = /^s1\.([0-9a-z]{1,10})\.([A-Za-z0-9_-]{22})$/;

/**
 * When a session was last used, `s1.<time>.<mac>`, beside the one that carries it: a request that only
 * reads does not give the whole session anew, and cannot bring an older one back by answering late.
 */
export function buildSeenCookie(sessionKey: string, seenMs: number, keys: KeyRing): string {
  const payload = `${VERSION}.${Math.floor(seenMs).toString(36)}`;
  return `${payload}.${keys.sign(`${payload}.${sessionKey}`).slice(0, MAC_CHARACTERS)}`;
}

/** The latest time that one of these values says of the session; 0 when none does. */
export function lastSeenMs(values: readonly string[], sessionKey: string, keys: KeyRing): number {
  let latest = 0;
  for (const value of values) {
    const [, time = '', mac = ''] = SEEN_COOKIE.exec(value) ?? [];
    if (mac === '' || !keys.verifies(`${VERSION}.${time}.${sessionKey}`, mac)) continue;
    latest = Math.max(latest, Number.parseInt(time, 36));
  }
  return latest;
}
