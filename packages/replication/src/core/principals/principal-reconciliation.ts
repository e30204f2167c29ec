import type { CoreContext } from '../context.js';
import type { OwnedRecord } from '../record/record.js';
import type { ListAccess } from './principal-endings.js';

/**
 * A list that changed hands, or was merged, may come from the other side of a partition, where sessions were still
 * on it that had ended here, or the other way round. Before it is used, everyone is asked which of
 * its places are buried: what ended anywhere has ended.
 */
export class PrincipalReconciliation {
  /** A new symbol each time it is to be asked anew. */
  readonly #unknown = new WeakMap<OwnedRecord, symbol>();
  readonly #underWay = new Map<OwnedRecord, ((known: boolean) => void)[]>();

  constructor(
    private readonly context: CoreContext,
    private readonly access: ListAccess,
  ) {}

  adopted(record: OwnedRecord): void {
    this.#unknown.set(record, Symbol());
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
    const asked = this.#unknown.get(record);
    let left = places.length + 1;
    let known = true;
    const answered = (isKnown: boolean) => {
      known &&= isKnown;
      if (--left === 0) this.#end(record, known, asked);
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

  #end(record: OwnedRecord, known: boolean, asked: symbol | undefined): void {
    const waiters = this.#underWay.get(record) ?? [];
    this.#underWay.delete(record);
    // The list of another side may have come in while everyone was asked.
    if (known && this.#unknown.get(record) === asked) this.#unknown.delete(record);
    for (const waiter of waiters) waiter(known);
  }
}
