import type { CoreContext } from '../context.js';
import type { NodeParts } from '../node-parts.js';
import type { Incarnation } from '../record/record.js';
import type { Presence } from './presence.js';

/** This node was declared dead while it was away: everything it led may be led elsewhere. */
export class Rebirth {
  #wanted = false;

  constructor(
    private readonly context: CoreContext,
    private readonly parts: NodeParts,
    private readonly presence: Presence,
  ) {}

  readObituary(incarnation: Incarnation): void {
    // Everyone who buried it says so, but it comes back once.
    if (incarnation !== this.context.self || this.#wanted) return;
    this.#wanted = true;
    this.#demoteAll();
    this.context.emit({ kind: 'rebirth' });
  }

  /** What was made or taken over since the obituary is led by a name that others buried, too. */
  reborn(incarnation: Incarnation): void {
    const { parts } = this;
    this.#demoteAll();
    const former = this.context.self;
    this.context.self = incarnation;
    this.#wanted = false;
    parts.router.reborn(former);
    // Whoever hears the first claim of a name it does not know claims without asking that node, from
    // an older copy than this one's (stumble, seed 91).
    this.presence.reborn();
    parts.replicator.forgetAll();
    parts.claims.reborn();
    parts.antiEntropy.reborn();
    parts.adoption.lookForOrphans();
  }

  #demoteAll(): void {
    const { records, owner } = this.parts;
    owner.rotations.undo();
    for (const record of [...records.table.values()]) {
      if (record.role !== 'owner') continue;
      owner.demote(record, { epoch: record.epoch, owner: this.context.self });
    }
  }
}
