import {
  formatVersion,
  type PrincipalSession,
  type SessionSnapshot,
} from '@understudy/replication';
import type { Principal } from '../session/principal.js';
import { type Device, decodeDevice } from './device.js';

/** A session as administrators see it: whose it is and where it lies, not what the application keeps in it. */
export interface SessionFacts {
  /** As `session.id`; differs from the one asked for when the session got a new id just now. */
  readonly session: string;
  readonly principal: Principal | null;
  /** Names it on the list of its principal; null when nobody is signed in. */
  readonly handle: string | null;
  readonly signedInAt: Date | null;
  /** When it ends if nobody comes back. */
  readonly expiresAt: Date;
  /** `epoch.seq`. */
  readonly revision: string;
  /** Label of the node that leads it. */
  readonly owner: string;
  /** Labels of the nodes that hold a copy. */
  readonly backups: readonly string[];
}

/** One of the sessions of a principal, as a list of devices shows it. */
export interface PrincipalDevice {
  /** Names the session here, whatever ids it gets; worth nothing as a cookie. */
  readonly handle: string;
  /** As `session.id` of that session. */
  readonly session: string;
  readonly signedInAt: Date;
  /** When it signed in or got its present id; not each request is told to the list. */
  readonly seenAt: Date;
  readonly device: Device;
}

export function sessionFacts(snapshot: SessionSnapshot, nowMs: number): SessionFacts {
  const { key, document, version, owner, backups } = snapshot;
  const { handle, authenticatedAt, principal } = document.system;
  const remainingMs = Math.min(snapshot.idleRemainingMs, snapshot.absoluteRemainingMs);
  return {
    session: key,
    principal: (principal as Principal | undefined) ?? null,
    handle: typeof handle === 'string' ? handle : null,
    signedInAt: authenticatedAt instanceof Date ? new Date(authenticatedAt) : null,
    expiresAt: new Date(nowMs + remainingMs),
    revision: formatVersion(version),
    owner,
    backups,
  };
}

export function principalDevice(listed: PrincipalSession): PrincipalDevice {
  const { handle, session, createdMs, seenMs, device } = listed;
  return {
    handle,
    session,
    signedInAt: new Date(createdMs),
    seenAt: new Date(seenMs),
    device: decodeDevice(device),
  };
}
