/**
 * - `unknown`: no server has said anything yet. Show neither account nor sign-in.
 * - `anonymous`: a server said that nobody is signed in.
 * - `authenticated`: a server said who is.
 *
 * Only a server's verdict moves it: weather (offline, 5xx, timeouts, a dead node) never does.
 */
export type SessionStatus = 'unknown' | 'anonymous' | 'authenticated';

/** Why the session that was there is gone; `null` while nothing ended. */
export type EndReason = 'logout' | 'session-ended' | 'session-lost';

/** Immutable snapshot; a new object only when something changed, so it fits an external store. */
export interface SessionState<Principal = unknown> {
  readonly status: SessionStatus;
  /** Who is signed in, as `GET /session` told it. */
  readonly principal: Principal | null;
  readonly endedBy: EndReason | null;
  /**
   * Instant the session ends without further use, in milliseconds of this client's clock; from
   * `Session-Info`, which tells a duration, so that the clocks need not agree. An
   * instant and not a countdown: timers sleep with laptops and background tabs.
   */
  readonly expiresAtMs: number | null;
  /** Newest revision seen, `epoch.seq`. */
  readonly revision: string | null;
  /** Label of the node that answered last. */
  readonly node: string | null;
  /** Copies of the session on other nodes. */
  readonly copies: number | null;
  /** False since the last attempt got no answer at all. Says nothing about being signed in. */
  readonly reachable: boolean;
}

/** What is left when a session ends; the revision goes its own way. */
export const NO_SESSION = { principal: null, expiresAtMs: null, copies: null } as const;

export const INITIAL_STATE: SessionState<never> = {
  ...NO_SESSION,
  status: 'unknown',
  endedBy: null,
  revision: null,
  node: null,
  reachable: true,
};

/** Applies a patch; returns the same object when nothing changes. */
export function patchState<Principal>(
  state: SessionState<Principal>,
  patch: Partial<SessionState<Principal>>,
): SessionState<Principal> {
  const next = { ...state, ...patch };
  return JSON.stringify(next) === JSON.stringify(state) ? state : next;
}
