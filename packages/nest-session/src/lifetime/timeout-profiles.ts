import { DAY_MS, HOUR_MS, MINUTE_MS } from '../options/duration.js';

/** Assurance levels of NIST SP 800-63B-4. */
export const TIMEOUT_PROFILE_NAMES = ['aal1', 'aal2', 'aal3'] as const;

/** An assurance level of NIST SP 800-63B-4, in place of single timeouts; see `docs/lifetime.md`. */
export type TimeoutProfile = (typeof TIMEOUT_PROFILE_NAMES)[number];

/** When sessions end by themselves, and when their ids are replaced, in milliseconds. */
export interface Timeouts {
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
  /** Undefined: ids are not replaced for their age. */
  readonly renewTimeoutMs: number | undefined;
  /** Idle and absolute timeout of a remembered login; undefined: there are none. */
  readonly rememberTimeoutMs: number | undefined;
}

/**
 * Overall and inactivity limits of NIST SP 800-63B-4 §2.1.3, §2.2.3, §2.3.3. It asks for no inactivity
 * limit at AAL1 and nowhere for a renewal: the latter is OWASP's.
 */
export const TIMEOUT_PROFILES: Readonly<Record<TimeoutProfile, Timeouts>> = {
  aal1: {
    idleTimeoutMs: 30 * DAY_MS,
    absoluteTimeoutMs: 30 * DAY_MS,
    renewTimeoutMs: DAY_MS,
    rememberTimeoutMs: undefined,
  },
  aal2: {
    idleTimeoutMs: HOUR_MS,
    absoluteTimeoutMs: DAY_MS,
    renewTimeoutMs: HOUR_MS,
    rememberTimeoutMs: undefined,
  },
  aal3: {
    idleTimeoutMs: 15 * MINUTE_MS,
    absoluteTimeoutMs: 12 * HOUR_MS,
    renewTimeoutMs: 15 * MINUTE_MS,
    rememberTimeoutMs: undefined,
  },
};
