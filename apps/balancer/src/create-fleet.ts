import { Fleet } from './fleet.js';
import type { NormalizedOptions } from './options.js';
import { rawUpstreams } from './upstream/raw-upstream.js';

/** The nodes of the directory, with our own client for each. */
export function createFleet(settings: NormalizedOptions): Fleet {
  const { directory, health, circuit, limits, timeouts, now } = settings;
  const upstreams = rawUpstreams(limits, timeouts, now);
  return new Fleet({ directory, upstreams, health, circuit, now });
}
