import { SessionRequestError } from '../errors.js';
import type { PrincipalDevice } from '../principals/session-facts.js';

/** One entry of `GET /session/devices`: what a person recognizes a device by, and never an id. */
export interface DeviceView {
  /** What `DELETE /session/devices/:handle` takes; worth nothing as a cookie. */
  readonly handle: string;
  /** The session of this very request. */
  readonly current: boolean;
  /** ISO instant. */
  readonly signedInAt: string;
  /** ISO instant: when it signed in or got its present id. */
  readonly seenAt: string;
  readonly browser: string | null;
  readonly system: string | null;
  readonly network: string | null;
}

/** Without the hash of the id: a page needs no name for a session but its handle. */
export function deviceView(listed: PrincipalDevice, currentHandle: string | undefined): DeviceView {
  const { handle, signedInAt, seenAt, device } = listed;
  return {
    handle,
    current: handle === currentHandle,
    signedInAt: signedInAt.toISOString(),
    seenAt: seenAt.toISOString(),
    ...device,
  };
}

/** 32 bytes as base64url: the last character carries four bits. */
const HANDLE = /^[\w-]{42}[AEIMQUYcgkosw048]$/;

export function requireHandle(text: string): string {
  if (HANDLE.test(text)) return text;
  throw new SessionRequestError('a device is named by the handle that the list shows');
}
