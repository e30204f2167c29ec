import type { KeyRing } from './key-ring.js';
import { type SessionId, sessionKeyOf } from './session-id.js';

/** An id whose signature was good. */
export interface VerifiedId {
  readonly id: SessionId;
  /** SHA-256 of the id. */
  readonly key: string;
  /** When it was signed, seconds since 1970; tells a lost session from an expired one. */
  readonly issuedAtSeconds: number;
}

const ID_COOKIE = /^([A-Za-z0-9_-]{43})\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{43})$/;

/** Renders the value of the id cookie: `<id>.<issuedAt>.<mac>`, the time in base 36. */
export function signIdCookie(id: SessionId, issuedAtSeconds: number, keys: KeyRing): string {
  const payload = `${id}.${issuedAtSeconds.toString(36)}`;
  return `${payload}.${keys.sign(payload)}`;
}

/** Reads the value of an id cookie; undefined for anything this application did not sign. */
export function verifyIdCookie(value: string, keys: KeyRing): VerifiedId | undefined {
  const match = ID_COOKIE.exec(value);
  if (!match) return undefined;
  const [, id, issuedAt, mac] = match as unknown as [string, string, string, string];
  if (!keys.verifies(`${id}.${issuedAt}`, mac)) return undefined;
  return { id, key: sessionKeyOf(id), issuedAtSeconds: Number.parseInt(issuedAt, 36) };
}
