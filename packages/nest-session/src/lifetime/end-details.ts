import type { EndReason } from '@understudy/replication';

/** What a guard tells a client whose session has ended: it is asked to sign in, and learns why. */
export const END_DETAILS: Readonly<Record<EndReason, string>> = {
  rotated: 'the session has another id now; sign in again',
  expired: 'the session has expired; sign in again',
  logout: 'the session was signed out; sign in again',
  evicted: 'the session was ended by a login elsewhere; sign in again',
  revoked: 'the session was revoked; sign in again',
};
