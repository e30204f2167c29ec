import type { CallOutcome } from '../calls/calls.js';
import type { CoreContext } from '../context.js';
import type { OwnedRecord } from '../record/record.js';

type Verdict = 'valid' | 'ended' | 'unasked';

/**
 * A session that changed hands is asked for at its principal before it is served: it may have been
 * revoked, or made room for another, while whoever held it was away, and under an id that nobody
 * else knew (the failure prevented: "log out everywhere" misses the session of a node that was cut
 * off and comes back). One question for each session with a principal, at its first call.
 */
export class Standings {
  readonly #unasked = new WeakSet<OwnedRecord>();
  readonly #asking = new Map<OwnedRecord, ((verdict: Verdict) => void)[]>();

  constructor(
    private readonly context: CoreContext,
    private readonly end: (record: OwnedRecord, reason: string, done: () => void) => void,
  ) {}

  adopted(record: OwnedRecord): void {
    if (record.content.standing) this.#unasked.add(record);
  }

  /** Cut off, there is nobody to ask. */
  needed(record: OwnedRecord): boolean {
    return this.context.busConnected && this.#unasked.has(record);
  }

  ask(record: OwnedRecord, done: (verdict: Verdict) => void): void {
    const waiters = this.#asking.get(record);
    if (waiters) {
      waiters.push(done);
      return;
    }
    const { standing } = record.content;
    if (!standing) {
      // It has none any more: what the other side of a partition made of it was signed out.
      this.#unasked.delete(record);
      done('valid');
      return;
    }
    this.#asking.set(record, [done]);
    const { nowMs, settings, router } = this.context;
    router.start(
      { kind: 'standing', key: standing.principal, session: record.key, standing },
      [],
      nowMs + settings.timings.deadAloneAfterMs,
      (result) => this.#answered(record, result),
    );
  }

  /** The session ends: its place is free. If nobody hears, its tombstone says so as well. */
  leave(record: OwnedRecord): void {
    const { standing } = record.content;
    if (!standing) return;
    const { nowMs, settings, router } = this.context;
    const { principal, handle } = standing;
    router.start(
      { kind: 'delist', key: principal, handle, session: record.key },
      [],
      nowMs + settings.timings.deadAloneAfterMs,
      () => {},
    );
  }

  #answered(record: OwnedRecord, result: CallOutcome): void {
    const waiters = this.#asking.get(record) ?? [];
    this.#asking.delete(record);
    const tell = (verdict: Verdict) => {
      for (const waiter of waiters) waiter(verdict);
    };
    const isEnded = result.kind === 'standing' && !result.valid;
    if (isEnded && this.context.records.get(record.key) === record) {
      this.end(record, 'revoked', () => tell('ended'));
      return;
    }
    // Nobody has a list: there is nothing that the session could be missing from.
    const isAnswered = result.kind === 'standing' || result.kind === 'unknown';
    if (isAnswered) this.#unasked.delete(record);
    tell(isAnswered ? 'valid' : 'unasked');
  }
}
