import type { SessionInfo } from '../headers/session-info.js';
import type { SessionAnswer } from './session-answer.js';

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
   * Instant the session ends without further use, in milliseconds of this client's clock. An
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

export const INITIAL_STATE: SessionState<never> = {
  status: 'unknown',
  principal: null,
  endedBy: null,
  expiresAtMs: null,
  revision: null,
  node: null,
  copies: null,
  reachable: true,
};

export type StatePatch<Principal> = Partial<SessionState<Principal>>;

/** Deadlines closer together than this are the same one, told twice. */
const SAME_DEADLINE_MS = 1000;

/** Applies a patch; returns the same object when nothing changes. */
export function patchState<Principal>(
  state: SessionState<Principal>,
  patch: StatePatch<Principal>,
): SessionState<Principal> {
  const next = { ...state, ...patch };
  const movedMs = Math.abs((next.expiresAtMs ?? 0) - (state.expiresAtMs ?? 0));
  if (state.expiresAtMs !== null && movedMs < SAME_DEADLINE_MS) {
    next.expiresAtMs = state.expiresAtMs;
  }
  return JSON.stringify(next) === JSON.stringify(state) ? state : next;
}

/** What a `Session-Info` field changes. */
export function patchFromInfo(info: SessionInfo, nowMs: number): StatePatch<never> {
  return {
    ...(info.node !== undefined && { node: info.node }),
    ...(info.copies !== undefined && { copies: info.copies }),
    ...(info.expiresInMs !== undefined && { expiresAtMs: nowMs + info.expiresInMs }),
  };
}

/**
 * What an answer of `GET /session` changes.
 *
 * @param skewMs this client's clock less the server's, from the response's `Date`
 */
export function patchFromAnswer<Principal>(
  answer: SessionAnswer<Principal>,
  skewMs: number,
): StatePatch<Principal> {
  const expiresAtMs = Date.parse(answer.expiresAt ?? '') + skewMs;
  return {
    status: answer.authenticated ? 'authenticated' : 'anonymous',
    principal: answer.principal ?? null,
    expiresAtMs: Number.isNaN(expiresAtMs) ? null : expiresAtMs,
    ...(answer.authenticated && { endedBy: null }),
  };
}

/** What the end of a session changes. */
export function patchFromEnd(endedBy: EndReason): StatePatch<never> {
  return {
    status: 'anonymous',
    principal: null,
    endedBy,
    expiresAtMs: null,
    revision: null,
    copies: null,
  };
}
