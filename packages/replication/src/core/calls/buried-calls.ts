import { type CoreContext, type Recipient, replyOf } from '../context.js';
import { endReasonOf } from '../endings/end-reasons.js';
import { buriedOf, lostLogin } from '../endings/tombstones.js';
import { isApplied } from '../record/applied-commits.js';
import { formerOf } from '../record/former-record.js';
import type { OwnedRecord, Tombstone } from '../record/record.js';
import type { CallResult, OwnerCall } from './calls.js';
import { UNTOLD } from './refusals.js';

/** Calls on sessions that have ended, or go on under another id. */
export class BuriedCalls {
  constructor(private readonly context: CoreContext) {}

  /** A second end or login waits for the same certainty as the first: everyone has the tombstone. */
  answer(call: OwnerCall, recipient: Recipient): void {
    const tombstone = this.context.tombstone(call.key);
    const { nowMs } = this.context;
    const reply = replyOf(recipient);
    const { rotations, answers } = this.context.owner;
    const change = call.kind === 'commit' || call.kind === 'rotate' ? call : undefined;
    const successor = change && rotations.successorOf(change.key);
    // Not in what the session goes on as here: none of its sendings was executed.
    const untouched =
      change !== undefined &&
      successor !== undefined &&
      !isApplied(successor.content.applied, change.id);
    if (tombstone?.reason === 'rotated' && call.kind === 'rotate' && call.acrossLogin) {
      rotations.whenDead(buriedOf(tombstone, nowMs), call.to, (final) =>
        reply(final ? this.#ended(call, tombstone, untouched) : { kind: 'fate-unknown' }),
      );
      return;
    }
    if (call.kind !== 'destroy' || !tombstone) {
      // It may repeat a change that a login took along, and whose copies are still waited for, or whose
      // answer was lost.
      if (change && successor && answers.join(successor, change.id, recipient)) return;
      if (call.kind === 'commit' && successor && !untouched && tombstone) {
        if (this.#repeats(call, tombstone, successor, recipient)) return;
      }
      reply(this.#ended(call, tombstone, untouched));
      return;
    }
    // An id that still answers for its successor ends it, too.
    const andSuccessors = this.#aliasOf(call.key) !== undefined || tombstone.andSuccessors;
    const { key, version, remainingMs } = buriedOf(tombstone, nowMs);
    const reason = endReasonOf(call.reason);
    this.context.burials.bury([{ key, version, remainingMs, reason, andSuccessors }], (final) =>
      reply(final ? { kind: 'done' } : UNTOLD),
    );
  }

  /**
   * A change that was made under this id hears so again, and of the session as it was then: what a login
   * made of it is not for whoever has the old id. One that the session may go on with is sent there
   * instead. False where nothing is left of what it was.
   */
  #repeats(
    call: Extract<OwnerCall, { kind: 'commit' }>,
    tombstone: Tombstone,
    successor: OwnedRecord,
    recipient: Recipient,
  ): boolean {
    if (this.#aliasOf(call.key) !== undefined) return false;
    const former = formerOf(successor, tombstone);
    if (former) this.context.owner.answers.repeat(former, successor, call, recipient);
    return former !== undefined;
  }

  #ended(call: OwnerCall, tombstone: Tombstone | undefined, untouched: boolean): CallResult {
    const { nowMs } = this.context;
    if (tombstone && call.kind === 'reserve') {
      const asked = { key: call.journalKey, fingerprint: call.fingerprint };
      if (lostLogin(tombstone, asked, nowMs)) return { kind: 'rotated' };
    }
    const isLogin = tombstone && call.kind === 'rotate' && call.acrossLogin;
    return {
      kind: 'destroyed',
      alias: this.#aliasOf(call.key),
      reason: tombstone?.reason,
      replay: isLogin ? lostLogin(tombstone, call.journal, nowMs) : undefined,
      untouched: untouched || undefined,
    };
  }

  #aliasOf(key: string): string | undefined {
    const alias = this.context.tombstone(key)?.alias;
    return alias && this.context.nowMs < alias.untilMs ? alias.key : undefined;
  }
}
