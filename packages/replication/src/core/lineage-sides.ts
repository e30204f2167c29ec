import type { AppliedCommit, CommitId } from './applied-commits.js';
import { EVERY_KEY, isForgotten, type LoggedChange } from './change-log.js';
import type { HybridTime } from './hybrid-clock.js';
import { hasChange, type Stamp } from './lineage-past.js';
import { compareLineages, type RecordContent } from './record.js';
import type { DeltaBody } from './record-codec.js';
import type { Path } from './values.js';

/** One of two lineages of a record that went on apart. */
export interface LineageSide {
  readonly stamp: Stamp;
  readonly content: RecordContent;
  /** Its latest change that a client was answered for. */
  readonly answeredAt: HybridTime;
}

/** A change of one side that the other does not have. */
export interface SideChange {
  readonly logged: LoggedChange;
  readonly at: HybridTime;
  readonly body: DeltaBody;
}

/** What two lineages of a record have of each other, and what only one of them has. */
export class LineageSides {
  readonly winners: readonly SideChange[];
  readonly orphans: readonly SideChange[];
  /** Keys of `data` that are taken whole. */
  readonly wholeKeys: ReadonlySet<string>;

  constructor(
    readonly winner: LineageSide,
    readonly orphan: LineageSide,
    readonly read: (body: Uint8Array) => DeltaBody,
    private readonly trust: (at: HybridTime) => HybridTime,
  ) {
    this.winners = this.#changesOf(winner, orphan);
    this.orphans = this.#changesOf(orphan, winner);
    this.wholeKeys = this.#findWholeKeys();
  }

  /** Whether every change since the two went apart is in the log of this side. */
  isComplete(side: LineageSide, other: LineageSide): boolean {
    const floor = side.content.past?.log?.floor;
    return floor !== undefined && hasChange(other.stamp, other.content.past, floor);
  }

  /** When a side last changed a key since they went apart; undefined when it did not. */
  changedAt(side: LineageSide, other: LineageSide, key: string): HybridTime | undefined {
    if (!this.isComplete(side, other)) return side.content.changedAt ?? 0;
    const times = (side === this.winner ? this.winners : this.orphans)
      .filter(({ body }) => body.operations.some(({ path }) => isKey(path, key)))
      .map(({ at }) => at);
    for (const [area, name, at] of side.content.past?.log?.forgotten ?? []) {
      if (area === 'data' && (name === key || name === EVERY_KEY)) times.push(at);
    }
    return times.length > 0 ? Math.max(...times) : undefined;
  }

  /** By its log, too: the ids of commits that are answered are forgotten elsewhere. */
  isOnBothSides({ body: { id } }: SideChange): boolean {
    if (id === undefined) return false;
    const isThat = (other: CommitId | undefined) => other !== undefined && isSameCommit(other, id);
    return (
      this.winner.content.applied.some(isThat) || this.winners.some(({ body }) => isThat(body.id))
    );
  }

  /** What one side has and the other lacks, in the order of its hybrid times. */
  #changesOf(side: LineageSide, other: LineageSide): SideChange[] {
    const log = side.content.past?.log;
    const changes = (log?.changes ?? [])
      .filter((logged) => !hasChange(other.stamp, other.content.past, logged))
      .map((logged): SideChange => {
        const body = this.read(logged.body);
        return { logged, body, at: this.trust(logged.at) };
      });
    return changes.sort(compareChanges);
  }

  #findWholeKeys(): Set<string> {
    const { winner, orphan } = this;
    const keys = new Set<string>();
    const [ours, theirs] = [winner.content.document.data, orphan.content.document.data];
    const isWhole = (side: LineageSide, other: LineageSide, key: string) =>
      !this.isComplete(side, other) ||
      isForgotten(side.content.past?.log?.forgotten ?? [], 'data', key);
    for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      if (isWhole(winner, orphan, key) || isWhole(orphan, winner, key)) keys.add(key);
    }
    return keys;
  }
}

export function compareChanges(left: SideChange, right: SideChange): number {
  return (
    left.at - right.at ||
    compareLineages(left.logged, right.logged) ||
    left.logged.seq - right.logged.seq
  );
}

export function isSameCommit(left: AppliedCommit, right: AppliedCommit): boolean {
  return left.origin === right.origin && left.counter === right.counter;
}

function isKey(path: Path, key: string): boolean {
  return path[0] === 'data' && String(path[1]) === key;
}
