import { LIMITS } from '../../core/limits.js';
import type { World } from '../world.js';
import type { Violation } from './evidence.js';

/** Looks in a row at which a link had something to send, and nothing that kept it from sending. */
const IDLE_LOOKS = 3;

/** What was seen at the last look, by sender and receiver. */
export class LinkWatch {
  readonly idle = new Map<string, number>();
}

/**
 * I17: a peer that does not answer holds up nobody else's changes. I18: what waits for a peer is
 * bounded, whatever the peer does.
 */
export function* checkLinks(world: World, watch: LinkWatch): Generator<Violation> {
  const atMs = world.scheduler.nowMs;
  for (const { id, core, paused } of world.processes) {
    for (const [peer, link] of core.replicator.links) {
      const name = `${core.self}>${peer}`;
      if (link.waiting > LIMITS.linkPending || link.underWay > LIMITS.framesInFlight) {
        const text = `${id} keeps ${link.waiting} changes and ${link.underWay} frames for ${peer}`;
        yield { rule: 'I18-unbounded-link', atMs, text };
      }
      const maySend = core.busConnected && !paused && !link.stalled && link.underWay === 0;
      const looks = maySend && link.waiting > 0 ? (watch.idle.get(name) ?? 0) + 1 : 0;
      watch.idle.set(name, looks);
      if (looks === IDLE_LOOKS) {
        const text = `${id} has ${link.waiting} changes for ${peer} and sends none`;
        yield { rule: 'I17-held-up', atMs, text };
      }
    }
  }
}
