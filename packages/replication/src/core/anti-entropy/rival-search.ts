import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { Incarnation, OwnedRecord } from '../record/record.js';
import type { Stamp } from './digest.js';

/** How often a newcomer is told: what is lost on the way comes with the next survey. */
const ROUNDS = 3;

/**
 * Two sides that never heard of each other may both lead a record, each with holders of its own: no
 * copy of one side is where the other would compare it (the failure prevented: two owners of one
 * rate limit or one list of sessions, for ever; simulation profile everything, seed 2). So whoever
 * meets a node that leads something already tells it what might be led there, too: records that
 * somebody has been out of sight of, and those that are begun where they are used. The one that
 * leads the same asks everyone, and the higher lineage goes on.
 */
export class RivalSearch {
  /** Whom to tell, and in how many surveys yet. */
  readonly #rounds = new Map<Incarnation, number>();
  #stamps: Stamp[] = [];

  constructor(private readonly context: CoreContext) {}

  /** Heard for the first time. */
  met(incarnation: Incarnation): void {
    this.#rounds.set(incarnation, ROUNDS);
  }

  memberDied(incarnation: Incarnation): void {
    this.#rounds.delete(incarnation);
  }

  clear(): void {
    this.#rounds.clear();
    this.#stamps = [];
  }

  /** An owned record, found by a survey. */
  consider(record: OwnedRecord): void {
    if (this.#rounds.size === 0 || !mayHaveRival(record)) return;
    const { key, epoch, seq } = record;
    this.#stamps.push({ key, epoch, seq, owner: this.context.self });
    if (this.#stamps.length >= LIMITS.stampsPerMessage) this.#tell();
  }

  surveyed(): void {
    this.#tell();
    for (const [incarnation, rounds] of this.#rounds) {
      if (rounds > 1) this.#rounds.set(incarnation, rounds - 1);
      else this.#rounds.delete(incarnation);
    }
  }

  #tell(): void {
    const stamps = this.#stamps.splice(0);
    if (stamps.length === 0) return;
    for (const to of this.#rounds.keys()) {
      // By its latest heartbeat: when it was met, its claims may have been under way.
      const owned = this.context.membership.members.get(to)?.heartbeat.owned ?? 0;
      if (owned === 0) continue;
      this.context.send(to, { kind: 'stamps', part: 'led', buckets: [], stamps });
    }
  }
}

/** A session has one owner from the start; limits and lists are made by whoever is asked first. */
function mayHaveRival({ content }: OwnedRecord): boolean {
  return content.kind !== 'session' || content.past?.log !== undefined;
}
