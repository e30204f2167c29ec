import { isUnverified } from '../claims/unverified.js';
import type { CoreContext } from '../context.js';
import { LIMITS, MIN_TOMBSTONE_MS } from '../limits.js';
import type { BuriedKey } from '../messages.js';
import type { OwnedRecord } from '../record/record.js';
import type { EndedSession } from './principal-calls.js';
import { type Ending, ended, type PrincipalList } from './principal-record.js';

/** Reads and changes the list in a record that this node owns. */
export interface ListAccess {
  read(record: OwnedRecord): PrincipalList;
  /** Without what is known here to have ended. */
  pruned(record: OwnedRecord): PrincipalList;
  write(record: OwnedRecord, list: PrincipalList): void;
}

/**
 * Ends sessions that were taken off their principal's list: buries them everywhere, under whatever
 * id they got since, and only then forgets that they were to end.
 */
export class PrincipalEndings {
  readonly #underWay = new Map<OwnedRecord, (() => void)[]>();
  /** Lists that a former owner may have left with sessions to end. */
  readonly #adopted = new Set<OwnedRecord>();

  constructor(
    private readonly context: CoreContext,
    private readonly access: ListAccess,
  ) {}

  watch(record: OwnedRecord): void {
    if (this.access.read(record).endings.length > 0) this.#adopted.add(record);
  }

  /** Calls back when these have ended everywhere; never, when the list goes elsewhere meanwhile. */
  settle(record: OwnedRecord, wanted: readonly EndedSession[], done: () => void): void {
    const { endings } = this.access.read(record);
    const left = endings.filter(({ session }) => wanted.some((each) => each.session === session));
    if (left.length === 0) {
      done();
      return;
    }
    const again = () => this.settle(record, left, done);
    const underWay = this.#underWay.get(record);
    if (underWay) underWay.push(again);
    else this.#begin(record, endings, again);
  }

  tick(): void {
    for (const record of this.#adopted) {
      if (this.context.records.get(record.key) !== record) this.#adopted.delete(record);
      else if (isSteady(this.context, record)) {
        this.#adopted.delete(record);
        this.settle(record, this.access.read(record).endings, () => {});
      }
    }
  }

  #begin(record: OwnedRecord, endings: readonly Ending[], then: () => void): void {
    const waiters = [then];
    this.#underWay.set(record, waiters);
    for (const { session: key, reason } of endings) {
      if (!this.context.tombstone(key)) this.context.notice({ kind: 'ended', key, reason });
    }
    let left = 0;
    const finished = () => {
      if (--left > 0) return;
      this.#underWay.delete(record);
      // The next owner has the same list of ends, and tells everyone once more.
      if (!isSteady(this.context, record)) {
        this.#adopted.add(record);
        return;
      }
      this.access.write(record, ended(this.access.read(record), endings));
      for (const waiter of waiters) waiter();
    };
    const batches = batchesOf(endings.flatMap(burialsOf));
    left = batches.length;
    for (const batch of batches) this.context.burials.bury(batch, finished);
  }
}

/** Whether this node may change the record by itself: it leads it and is not giving it away. */
export function isSteady(context: CoreContext, record: OwnedRecord): boolean {
  if (context.records.get(record.key) !== record) return false;
  if (context.handoffs.isFrozen(record.key)) return false;
  return !isUnverified(context, record);
}

/**
 * The handle is buried as well. It stays the same when the session gets another id, so a session that
 * was rotated where nobody could see it is known to have ended, too, and so is its place on a list
 * that was led apart from this one.
 */
function burialsOf({ session, handle, reason, keepMs }: Ending): BuriedKey[] {
  const version = { epoch: 0, seq: 0 };
  const remainingMs = Math.max(MIN_TOMBSTONE_MS, keepMs);
  return [
    { key: session, version, remainingMs, reason, andSuccessors: true },
    { key: handle, version, remainingMs, reason },
  ];
}

/** One message takes a bounded number; half of it is left for ids that a node adds. */
function batchesOf(buried: readonly BuriedKey[]): BuriedKey[][] {
  const size = Math.max(1, Math.floor(LIMITS.frameEntries / 2));
  return Array.from({ length: Math.ceil(buried.length / size) }, (_, index) =>
    buried.slice(index * size, (index + 1) * size),
  );
}
