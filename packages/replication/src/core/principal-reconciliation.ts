import type { CoreContext } from './context.js';
import type { ListAccess } from './principal-endings.js';
import type { OwnedRecord } from './record.js';

/**
 * A list that changed hands may come from the other side of a partition, where sessions were still
 * on it that had ended here, or the other way round. Before it is used, everyone is asked which of
 * its places are buried: what ended anywhere has ended.
 */
export class PrincipalReconciliation {
  readonly #unknown = new WeakSet<OwnedRecord>();
  readonly #underWay = new Map<OwnedRecord, ((known: boolean) => void)[]>();

  constructor(
    private readonly context: CoreContext,
    private readonly access: ListAccess,
  ) {}

  adopted(record: OwnedRecord): void {
    this.#unknown.add(record);
  }

  /** Cut off, there is nobody to ask. */
  needed(record: OwnedRecord): boolean {
    return this.context.busConnected && this.#unknown.has(record);
  }

  run(record: OwnedRecord, done: (known: boolean) => void): void {
    const waiters = this.#underWay.get(record);
    if (waiters) {
      waiters.push(done);
      return;
    }
    this.#underWay.set(record, [done]);
    const { places } = this.access.read(record);
    let left = places.length + 1;
    let known = true;
    const answered = (isKnown: boolean) => {
      known &&= isKnown;
      if (--left === 0) this.#end(record, known);
    };
    for (const { handle } of places) this.#ask(handle, answered);
    answered(true);
  }

  /** Whoever has buried it says so, and then it is buried here, too. */
  #ask(handle: string, answered: (isKnown: boolean) => void): void {
    const { nowMs, settings, router } = this.context;
    const deadlineMs = nowMs + settings.timings.deadAloneAfterMs;
    router.start({ kind: 'open', key: handle }, [], deadlineMs, ({ kind }) =>
      answered(kind === 'unknown' || kind === 'destroyed'),
    );
  }

  #end(record: OwnedRecord, known: boolean): void {
    const waiters = this.#underWay.get(record) ?? [];
    this.#underWay.delete(record);
    if (known) this.#unknown.delete(record);
    for (const waiter of waiters) waiter(known);
  }
}
