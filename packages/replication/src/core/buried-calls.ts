import type { CallResult, OwnerCall } from './calls.js';
import type { CoreContext, Reply } from './context.js';
import { endReasonOf } from './end-reasons.js';
import type { Tombstone } from './record.js';
import { UNTOLD } from './refusals.js';
import { buriedOf, lostLogin } from './tombstones.js';

/** Calls on sessions that have ended, or go on under another id. */
export class BuriedCalls {
  constructor(private readonly context: CoreContext) {}

  /** A second end or login waits for the same certainty as the first: everyone has the tombstone. */
  answer(call: OwnerCall, reply: Reply): void {
    const tombstone = this.context.tombstone(call.key);
    const { nowMs } = this.context;
    if (tombstone?.reason === 'rotated' && call.kind === 'rotate' && call.acrossLogin) {
      this.context.owner.rotations.whenDead(buriedOf(tombstone, nowMs), call.to, (final) =>
        reply(final ? this.#ended(call, tombstone) : { kind: 'fate-unknown' }),
      );
      return;
    }
    if (call.kind !== 'destroy' || !tombstone) {
      reply(this.#ended(call, tombstone));
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

  #ended(call: OwnerCall, tombstone: Tombstone | undefined): CallResult {
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
    };
  }

  #aliasOf(key: string): string | undefined {
    const alias = this.context.tombstone(key)?.alias;
    return alias && this.context.nowMs < alias.untilMs ? alias.key : undefined;
  }
}
