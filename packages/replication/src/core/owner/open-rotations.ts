import type { CoreContext } from '../context.js';
import type { BackupKeeper } from '../copies/backup-keeper.js';
import type { BurialDone } from '../endings/burials.js';
import { buriedOf } from '../endings/tombstones.js';
import { LIMITS } from '../limits.js';
import type { BuriedKey } from '../messages.js';
import { isOrphan } from '../record/leader.js';
import type { OwnedRecord } from '../record/record.js';

interface OpenRotation {
  readonly buried: BuriedKey;
  readonly to: string;
  /** What it was made of, where nobody is told that it was made before a backup has the successor. */
  readonly undoneAs: OwnedRecord | undefined;
  /** Whose copies are waited for. */
  successor: OwnedRecord;
  /** The others and the tier are being told. */
  isTold: boolean;
  readonly waiters: BurialDone[];
}

interface ToldRotation {
  readonly to: string;
  readonly untilMs: number;
}

/**
 * Rotations whose former id is dead at this node and perhaps nowhere else. The others and the tier
 * are told when a backup has the successor. That this node loses the successor meanwhile, as one that
 * was declared dead does, ends the wait for its copies but not what is owed (the failure prevented:
 * an id that was replaced at a login comes back from the tier, which was never told).
 */
export class OpenRotations {
  readonly #open = new Map<string, OpenRotation>();
  /** Those that everyone was told of, oldest first: a call that was sent before may still come. */
  readonly #told = new Map<string, ToldRotation>();

  constructor(
    private readonly context: CoreContext,
    private readonly keeper: BackupKeeper,
  ) {}

  begin(
    buried: BuriedKey,
    successor: OwnedRecord,
    undoneAs: OwnedRecord | undefined,
    done: BurialDone,
  ): void {
    const { key: to } = successor;
    const rotation = { buried, to, undoneAs, successor, isTold: false, waiters: [done] };
    this.#open.set(buried.key, rotation);
    this.#awaitCopy(rotation, successor);
  }

  /** Calls back once the former id is dead on every node that is not suspected, and in the tier. */
  whenDead(buried: BuriedKey, to: string, done: BurialDone): void {
    const rotation = this.#open.get(buried.key);
    if (rotation) rotation.waiters.push(done);
    // Rotated by another node, which may not have lived to tell everybody.
    else this.context.burials.bury([buried], done, to);
  }

  /**
   * This node was declared dead. What it rotated and no backup has confirmed is as if it had not been:
   * others may have gone on under the former id, and acknowledged what the late end would take with
   * it (pause, seed 6057). The call that asked for it runs again, wherever the session is led now.
   */
  undo(): void {
    const { context } = this;
    for (const [key, { buried, to, undoneAs, successor, isTold }] of this.#open) {
      // What was made under the new id may have been acknowledged: then it stays, and so does the end.
      const isUntouched = successor.seq === buried.version.seq;
      if (isTold || !undoneAs || !isUntouched || context.records.get(to) !== successor) continue;
      if (!context.exhume(buried)) continue;
      this.#open.delete(key);
      undoneAs.waiters = successor.waiters;
      context.setRecord(to, undefined);
      context.setRecord(key, undoneAs);
    }
  }

  /** What a key that was rotated goes on as, when this node leads that and can tell. */
  successorOf(key: string): OwnedRecord | undefined {
    let to = this.#next(key);
    for (let hops = 0; to !== undefined && hops < LIMITS.callHops; hops++) {
      const record = this.context.records.get(to);
      if (record) return record.role === 'owner' ? record : undefined;
      to = this.#next(to);
    }
    return undefined;
  }

  #next(key: string): string | undefined {
    const known = this.#open.get(key) ?? this.#told.get(key);
    return known?.to ?? this.context.tombstone(key)?.alias?.key;
  }

  #close({ buried, to }: OpenRotation): void {
    const { nowMs, settings } = this.context;
    this.#open.delete(buried.key);
    this.#told.set(buried.key, { to, untilMs: nowMs + settings.timings.aliasMs });
    const [oldest] = this.#told.keys();
    if (this.#told.size > LIMITS.toldRotations && oldest) this.#told.delete(oldest);
  }

  tick(): void {
    const { context } = this;
    for (const [key, { untilMs }] of this.#told) {
      if (context.nowMs < untilMs) break;
      this.#told.delete(key);
    }
    for (const rotation of this.#open.values()) {
      const { to, successor, isTold } = rotation;
      const record = context.records.get(to);
      if (isTold || record === successor || context.claims.isClaiming(to)) continue;
      if (record?.role === 'owner') this.#awaitCopy(rotation, record);
      // Whoever leads it has it, and so has this node or some other.
      else if (!record || !isOrphan(context, to)) this.#tell(rotation);
    }
  }

  #awaitCopy(rotation: OpenRotation, successor: OwnedRecord): void {
    rotation.successor = successor;
    this.keeper.awaitCopies(successor, successor.seq, 'backup', () => {
      if (rotation.successor === successor) this.#tell(rotation);
    });
  }

  #tell(rotation: OpenRotation): void {
    if (rotation.isTold) return;
    rotation.isTold = true;
    const { context } = this;
    const { buried, to, waiters } = rotation;
    const tombstone = context.tombstone(buried.key);
    const told = tombstone ? buriedOf(tombstone, context.nowMs) : buried;
    context.burials.bury(
      [told],
      (final) => {
        if (this.#open.get(buried.key) === rotation) this.#close(rotation);
        for (const done of waiters) done(final);
      },
      to,
    );
  }
}
