import {
  TIMEOUT_PROFILE_NAMES,
  TIMEOUT_PROFILES,
  type TimeoutProfile,
  type Timeouts,
} from '../lifetime/timeout-profiles.js';
import { DAY_MS, type Duration, durationOption, HOUR_MS, MINUTE_MS } from './duration.js';
import { oneOf } from './one-of.js';
import { checkGroupNames, type OptionNames } from './option-names.js';

/** When a session ends by itself, and when its id is replaced. */
export interface TimeoutOptions {
  /** Without a request, 1m to 30d. Default `30m`. */
  readonly idle?: Duration | undefined;
  /** After the login whatever happens, at least `idle`, up to 365d. Default `12h`. */
  readonly absolute?: Duration | undefined;
  /**
   * Age at which an id is replaced, by the first request after it that changes the session: 1m up to
   * `absolute`. Parallel requests with the old id are served for 15 s more. Default `false`: only at
   * logins and when asked for, see `docs/lifetime.md`.
   */
  readonly renew?: Duration | false | undefined;
  /**
   * Idle and absolute timeout of `login(principal, { remember: true })`, which also outlives the
   * browser: at least `idle`, up to 365d. Default `false`: such a login throws.
   */
  readonly remember?: Duration | false | undefined;
}

export const TIMEOUT_OPTION_NAMES: OptionNames<TimeoutOptions> = {
  idle: true,
  absolute: true,
  renew: true,
  remember: true,
};

export type NormalizedTimeouts = Timeouts;

export function normalizeTimeouts(options: TimeoutOptions | TimeoutProfile = {}): Timeouts {
  if (typeof options !== 'object') {
    return TIMEOUT_PROFILES[oneOf('timeouts', options, TIMEOUT_PROFILE_NAMES)];
  }
  // Times are no secrets, and tell which of them was meant.
  checkGroupNames('timeouts', options, TIMEOUT_OPTION_NAMES, (time) => time);
  const { idle, absolute, renew = false, remember = false } = options;
  const idleTimeoutMs = durationOption('timeouts.idle', idle, 30 * MINUTE_MS, {
    min: MINUTE_MS,
    max: 30 * DAY_MS,
  });
  const absoluteDefaultMs = Math.max(12 * HOUR_MS, idleTimeoutMs);
  const absoluteTimeoutMs = durationOption('timeouts.absolute', absolute, absoluteDefaultMs, {
    min: idleTimeoutMs,
    max: 365 * DAY_MS,
  });
  return {
    idleTimeoutMs,
    absoluteTimeoutMs,
    renewTimeoutMs: unlessFalse('timeouts.renew', renew, MINUTE_MS, absoluteTimeoutMs),
    rememberTimeoutMs: unlessFalse('timeouts.remember', remember, idleTimeoutMs, 365 * DAY_MS),
  };
}

function unlessFalse(
  option: string,
  value: Duration | false,
  min: number,
  max: number,
): number | undefined {
  return value === false ? undefined : durationOption(option, value, 0, { min, max });
}
