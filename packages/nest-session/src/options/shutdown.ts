import { type Duration, durationOption, MINUTE_MS } from './duration.js';
import type { OptionNames } from './option-names.js';

/** How a node leaves. */
export interface ShutdownOptions {
  /**
   * Least time from the announcement (health `404`) to the close of the server, in which requests are
   * still served: what a balancer that polls needs to notice, up to 10m. Default 0: the balancer of
   * Understudy is told over the bus.
   */
  readonly announce?: Duration | undefined;
}

export const SHUTDOWN_OPTION_NAMES: OptionNames<ShutdownOptions> = { announce: true };

export interface NormalizedShutdown {
  readonly shutdown: { readonly announceMs: number };
}

/** Throws `SessionOptionError`. */
export function normalizeShutdown({ announce }: ShutdownOptions = {}): NormalizedShutdown {
  const range = { min: 0, max: 10 * MINUTE_MS };
  return { shutdown: { announceMs: durationOption('shutdown.announce', announce, 0, range) } };
}
