import type { AppliedCommit, CommitId } from '../record/applied-commits.js';
import type { HybridTime } from '../record/hybrid-clock.js';
import { hasChange, type Stamp } from '../record/lineage-past.js';
import { compareLineages, type RecordContent } from '../record/record.js';
import type { DeltaBody } from '../record/record-codec.js';
import type { Path } from '../values/values.js';
import type { LoggedChange } from './change-log.js';
import { EVERY_KEY, type ForgottenKey, isForgotten } from './forgotten-keys.js';

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

/** The log of one side, in its order, and what of it is not what the side consists of. */
interface SideLog {
  readonly changes: readonly SideChange[];
  readonly voided: ReadonlySet<SideChange>;
}

/** What two lineages of a record have of each other, and what only one of them has. */
export class LineageSides {
  readonly winners: readonly SideChange[];
  readonly orphans: readonly SideChange[];
  /** Keys of `data` that are taken whole. */
  readonly wholeKeys: ReadonlySet<string>;
  readonly #logs: ReadonlyMap<LineageSide, SideLog>;

  constructor(
    readonly winner: LineageSide,
    readonly orphan: LineageSide,
    readonly read: (body: Uint8Array) => DeltaBody,
    private readonly trust: (at: HybridTime) => HybridTime,
  ) {
    this.#logs = new Map([winner, orphan].map((side) => [side, this.#logOf(side)]));
    this.winners = this.#changesOf(winner, orphan);
    this.orphans = this.#changesOf(orphan, winner);
    this.wholeKeys = this.#findWholeKeys();
  }

  /** Whether every change since the two went apart is in the log of this side. */
  isComplete(side: LineageSide, other: LineageSide): boolean {
    const floor = side.content.past?.log?.floor;
    return floor !== undefined && hasChange(other.stamp, other.content.past, floor);
  }

  /** Of what one side has and perhaps the other lacks, the keys whose changes it does not know any more. */
  forgottenOf(side: LineageSide, other: LineageSide): readonly ForgottenKey[] {
    const log = side.content.past?.log;
    if (!log) return [];
    const isHad = log.reach?.every((stamp) => hasChange(other.stamp, other.content.past, stamp));
    return isHad ? [] : log.forgotten;
  }

  /** When a side last changed a key since they went apart; undefined when it did not. */
  changedAt(side: LineageSide, other: LineageSide, key: string): HybridTime | undefined {
    if (!this.isComplete(side, other)) return side.content.changedAt ?? 0;
    const times = (side === this.winner ? this.winners : this.orphans)
      .filter(({ body }) => body.operations.some(({ path }) => isKey(path, key)))
      .map(({ at }) => at);
    for (const [area, name, at] of this.forgottenOf(side, other)) {
      if (area === 'data' && (name === key || name === EVERY_KEY)) times.push(at);
    }
    return times.length > 0 ? Math.max(...times) : undefined;
  }

  /** By its log, too: the ids of commits that are answered are forgotten elsewhere. */
  isOnBothSides({ body: { id } }: SideChange): boolean {
    if (id === undefined) return false;
    const { winner, orphan } = this;
    if (winner.content.applied.some((other) => isSameCommit(other, id))) return true;
    if (this.isLogged(winner, id)) return true;
    // Under another stamp, that of a lineage which was merged into the orphan and is in the winner.
    return this.#changesIn(orphan).some(
      ({ body, logged }) =>
        isThat(body.id, id) && hasChange(winner.stamp, winner.content.past, logged),
    );
  }

  isLogged(side: LineageSide, id: CommitId | undefined): boolean {
    return this.#changesIn(side).some(({ body }) => isThat(body.id, id));
  }

  /**
   * Whether the contents of its side do not come from this change, although it is in its log: the same
   * commit is there under an earlier stamp, or the first outcome of its idempotency key.
   */
  isVoid(change: SideChange): boolean {
    return [...this.#logs.values()].some((log) => log.voided.has(change));
  }

  /** The log of a side, in its order, without what its contents do not come from. */
  historyOf(side: LineageSide): readonly SideChange[] {
    return this.#changesIn(side).filter((change) => !this.isVoid(change));
  }

  #changesIn(side: LineageSide): readonly SideChange[] {
    return this.#logs.get(side)?.changes ?? [];
  }

  #logOf({ content }: LineageSide): SideLog {
    const changes = (content.past?.log?.changes ?? []).map((logged): SideChange => {
      return { logged, body: this.read(logged.body), at: this.trust(logged.at) };
    });
    return { changes, voided: voidedIn(changes) };
  }

  /** What one side has and the other lacks, in the order of its hybrid times. */
  #changesOf(side: LineageSide, other: LineageSide): SideChange[] {
    return this.#changesIn(side)
      .filter(({ logged }) => !hasChange(other.stamp, other.content.past, logged))
      .sort(compareChanges);
  }

  #findWholeKeys(): Set<string> {
    const { winner, orphan } = this;
    const keys = new Set<string>();
    const [ours, theirs] = [winner.content.document.data, orphan.content.document.data];
    const isWhole = (side: LineageSide, other: LineageSide, key: string) =>
      !this.isComplete(side, other) || isForgotten(this.forgottenOf(side, other), 'data', key);
    for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      if (isWhole(winner, orphan, key) || isWhole(orphan, winner, key)) keys.add(key);
    }
    return keys;
  }
}

/**
 * What is in a log and yet not what its side consists of (the failure prevented: a commit that two
 * sides have made is in the log of both together twice, and a third one takes it for two; simulation
 * profile everything, seed 59).
 */
function voidedIn(changes: readonly SideChange[]): ReadonlySet<SideChange> {
  const voided = new Set<SideChange>();
  changes.forEach((change, index) => {
    const { id, journal } = change.body;
    const before = changes.slice(0, index);
    // A merge adds the changes it finds behind those that were there, and does not make them again.
    if (before.some(({ body }) => isThat(body.id, id))) {
      voided.add(change);
      return;
    }
    // Twice in one lineage is another request, made when the first outcome was no longer remembered.
    const other = before.find(
      ({ body, logged }) =>
        journal &&
        body.journal?.key === journal.key &&
        compareLineages(logged, change.logged) !== 0,
    );
    if (other) voided.add(compareChanges(change, other) < 0 ? other : change);
  });
  return voided;
}

export function compareChanges(left: SideChange, right: SideChange): number {
  return (
    left.at - right.at ||
    compareLineages(left.logged, right.logged) ||
    left.logged.seq - right.logged.seq
  );
}

export function isThat(other: CommitId | undefined, id: CommitId | undefined): boolean {
  return other !== undefined && id !== undefined && isSameCommit(other, id);
}

export function isSameCommit(left: AppliedCommit, right: AppliedCommit): boolean {
  return left.origin === right.origin && left.counter === right.counter;
}

function isKey(path: Path, key: string): boolean {
  return path[0] === 'data' && String(path[1]) === key;
}
