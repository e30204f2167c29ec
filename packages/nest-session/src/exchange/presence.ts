import type { Committed, EndReason, SessionSnapshot } from '@understudy/replication';
import type { SessionId } from '../identity/session-id.js';

/** Where the session of a request stands. */
export type Presence = Absent | Minted | Present | Ended;

/** `none`: the client has no session. `ended`: it was ended on purpose. `lost`: it was not. */
export interface Absent {
  readonly kind: 'absent';
  readonly why: 'none' | 'ended' | 'lost';
  /** Why it ended, where the engine still knows. */
  readonly reason?: EndReason | undefined;
  /** Of a lost one: under which it may come back, from a node that was away or a version that can read it. */
  readonly key?: string | undefined;
}

/** An id exists in this request only; the first commit makes the record. */
export interface Minted {
  readonly kind: 'minted';
  readonly id: SessionId;
  readonly key: string;
}

export interface Present {
  readonly kind: 'present';
  readonly snapshot: SessionSnapshot;
  /** Other nodes that hold this version. */
  readonly copies: number;
  /** The id the client does not have yet. */
  readonly newId: SessionId | undefined;
}

/** `here`: by this request. Otherwise it was ended while this request ran. */
export interface Ended {
  readonly kind: 'ended';
  readonly here: boolean;
}

export function presentFrom(snapshot: SessionSnapshot, newId?: SessionId): Present {
  return { kind: 'present', snapshot, copies: snapshot.backups.length, newId };
}

/** What a commit leaves behind, and what it does not say itself. */
export function presentAfter(
  { version, document, owner, backups, copies }: Committed,
  rest: Pick<SessionSnapshot, 'key' | 'idleRemainingMs' | 'absoluteRemainingMs'>,
  newId: SessionId | undefined,
): Present {
  const { key, idleRemainingMs, absoluteRemainingMs } = rest;
  const deadlines = { idleRemainingMs, absoluteRemainingMs };
  const snapshot = { key, version, document, owner, backups, ...deadlines };
  return { kind: 'present', snapshot, copies, newId };
}
