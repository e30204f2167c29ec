import type { Limits } from '../limits.js';
import type { AddressCounts, AddressJournal } from './address-counts.js';
import { ConnectionCaps } from './connection-caps.js';
import { RateLimiter, type RateLimitSettings } from './rate-limit.js';

/** What each address may do, in all processes that serve the port. */
export class AddressBounds {
  readonly rate: RateLimiter;
  readonly connections: ConnectionCaps;

  /** @param journal Where there are other processes. `settings` may change. */
  constructor(settings: RateLimitSettings, limits: Limits, journal?: AddressJournal) {
    this.rate = new RateLimiter(settings, limits.rateLimitedAddresses, journal);
    this.connections = new ConnectionCaps(limits.connectionsPerAddress, journal);
  }

  /** Takes over what another process has counted. */
  learn({ requests, connections }: AddressCounts, nowMs: number): void {
    for (const [network, count] of requests) this.rate.passedElsewhere(network, count, nowMs);
    for (const [network, change] of connections) this.connections.changedElsewhere(network, change);
  }
}
