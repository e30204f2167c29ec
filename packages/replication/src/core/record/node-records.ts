import { PROMISE_MS } from '../claims/promises.js';
import type { CoreContext } from '../context.js';
import { Expiry } from '../endings/expiry.js';
import { mergeTombstone } from '../endings/tombstones.js';
import { LIMITS } from '../limits.js';
import type { BuriedKey } from '../messages.js';
import type { OwnedRecord, SessionRecord, Tombstone } from './record.js';
import { RecordTable } from './record-table.js';
import { assertTransition } from './role.js';
import { compareVersions } from './version.js';

/**
 * What a node holds of sessions that are alive, and knows of those that have ended. Every change of
 * a role and every burial passes here, so that the wheel of deadlines and the tier miss none.
 */
export class NodeRecords {
  readonly table = new RecordTable();
  readonly #tombstones = new Map<string, Tombstone>();
  readonly #expiry: Expiry;

  constructor(
    private readonly context: CoreContext,
    expire: (record: OwnedRecord) => void,
    nowMs: number,
  ) {
    const actions = {
      expire,
      collect: (key: string) => this.set(key, undefined),
      forgetTombstone: (key: string) => this.#forgetTombstone(key),
    };
    this.#expiry = new Expiry(this.table, actions, nowMs, PROMISE_MS);
  }

  get tombstones(): ReadonlyMap<string, Tombstone> {
    return this.#tombstones;
  }

  set(key: string, record: SessionRecord | undefined): void {
    const { self, tiering } = this.context;
    const before = this.table.get(key);
    assertTransition(before, record, self, this.#tombstones.has(key));
    this.table.set(key, record);
    if (record) this.#expiry.recordSet(record);
    if (record?.role === 'owner') tiering.changed(record);
    else tiering.forget(key);
  }

  changed(record: OwnedRecord): void {
    this.#expiry.deadlineMoved(record);
    this.table.account(record);
  }

  bury(buried: BuriedKey): void {
    const { context } = this;
    const existing = this.#tombstones.get(buried.key);
    context.orphans.buried(this.table.get(buried.key), buried);
    this.set(buried.key, undefined);
    const tombstone = mergeTombstone(existing, buried, context.nowMs);
    this.#tombstones.set(buried.key, tombstone);
    if (!existing) {
      this.#expiry.buried(tombstone);
      const { key, reason, alias } = tombstone;
      context.notice({ kind: 'buried', key, reason, to: alias?.key });
    }
    if (this.#tombstones.size > LIMITS.tombstones) {
      this.#tombstones.delete(this.#tombstones.keys().next().value as string);
      context.notice({ kind: 'limit', limit: 'tombstones' });
    }
    context.router.redispatch(buried.key);
  }

  /** The opposite of `bury`, for an end that only this node knew of. */
  exhume({ key, version, reason }: BuriedKey): boolean {
    const tombstone = this.#tombstones.get(key);
    if (!tombstone || tombstone.reason !== reason) return false;
    if (compareVersions(tombstone.version, version) !== 0) return false;
    return this.#tombstones.delete(key);
  }

  /** Ends what is over. */
  expire(): void {
    this.#expiry.tick(this.context.nowMs, this.context.busConnected);
  }

  #forgetTombstone(key: string): Tombstone | undefined {
    const tombstone = this.#tombstones.get(key);
    if (tombstone && this.context.nowMs <= tombstone.untilMs) return tombstone;
    this.#tombstones.delete(key);
    return undefined;
  }
}
