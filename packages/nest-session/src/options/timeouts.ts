import { DAY_MS, type Duration, durationOption, HOUR_MS, MINUTE_MS } from './duration.js';
import type { OptionNames } from './option-names.js';

/** When a session ends by itself. */
export interface TimeoutOptions {
  /** Without a request, 1m to 30d. Default `30m`. */
  readonly idle?: Duration | undefined;
  /** After the login whatever happens, at least `idle`, up to 365d. Default `12h`. */
  readonly absolute?: Duration | undefined;
}

export const TIMEOUT_OPTION_NAMES: OptionNames<TimeoutOptions> = { idle: true, absolute: true };

export interface NormalizedTimeouts {
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
}

export function normalizeTimeouts({ idle, absolute }: TimeoutOptions = {}): NormalizedTimeouts {
  const idleTimeoutMs = durationOption('timeouts.idle', idle, 30 * MINUTE_MS, {
    min: MINUTE_MS,
    max: 30 * DAY_MS,
  });
  const absoluteDefaultMs = Math.max(12 * HOUR_MS, idleTimeoutMs);
  return {
    idleTimeoutMs,
    absoluteTimeoutMs: durationOption('timeouts.absolute', absolute, absoluteDefaultMs, {
      min: idleTimeoutMs,
      max: 365 * DAY_MS,
    }),
  };
}
