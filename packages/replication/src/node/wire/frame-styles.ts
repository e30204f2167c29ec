import type { FrameStyle } from '../../codec/frame-codec.js';
import { LIMITS } from '../../core/limits.js';
import type { Membership } from '../../core/membership/membership.js';
import {
  sharedKey,
  sharedVersion,
  type WireAbilities,
} from '../../core/membership/wire-abilities.js';
import type { Incarnation } from '../../core/record/record.js';

/** What the others can read, as their heartbeats say. */
export interface Peers {
  live(): Iterable<WireAbilities>;
  of(incarnation: Incarnation): WireAbilities | undefined;
}

/** As the membership of a node knows them, those declared dead not long ago included. */
export function peersOf(membership: Membership): Peers {
  return {
    *live() {
      for (const { heartbeat } of membership.live()) yield heartbeat;
    },
    of: (incarnation) => membership.members.get(incarnation)?.heartbeat,
  };
}

const NAMED_BY_BOOT = 4 * LIMITS.members;

/** Chooses how each frame is written so that whoever it is for can read it. */
export class FrameStyles {
  readonly #acquainted = new Set<Incarnation>();

  constructor(
    private readonly own: WireAbilities,
    private readonly peers: Peers,
  ) {}

  toAll(): FrameStyle {
    const live = [...this.peers.live()];
    return { version: sharedVersion(this.own, live), key: sharedKey(this.own, live) };
  }

  to(incarnation: Incarnation): FrameStyle {
    const live = [...this.peers.live()];
    const peer = this.peers.of(incarnation);
    return {
      to: incarnation,
      version: sharedVersion(this.own, peer ? [...live, peer] : live),
      // A node that was declared dead and comes back with an older key must understand its obituary.
      key: sharedKey(this.own, peer ? [peer] : live),
      known: this.#acquainted.has(incarnation),
    };
  }

  /** It wrote to this incarnation by its name, so it has heard that name. */
  addressedBy(incarnation: Incarnation): void {
    if (this.#acquainted.has(incarnation)) return;
    if (this.#acquainted.size >= NAMED_BY_BOOT) this.#acquainted.clear();
    this.#acquainted.add(incarnation);
  }

  /** This node has a new name, which nobody has heard. */
  forget(): void {
    this.#acquainted.clear();
  }
}
