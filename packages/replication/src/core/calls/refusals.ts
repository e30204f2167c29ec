import type { CoreContext, Recipient } from '../context.js';
import type { OwnedRecord } from '../record/record.js';
import type { CallResult } from './calls.js';

/** Everyone live has the tombstone, but the tier has not; the repetition of the call waits for it. */
export const UNTOLD: CallResult = {
  kind: 'refused',
  reason: 'the tier could not be told of the end',
};

/** What an owner does not do. Each answers the recipient and returns true when it refuses. */
export class Refusals {
  constructor(private readonly context: CoreContext) {}

  /** A change after which no message could carry the record. */
  tooLarge(bytes: number | undefined, recipient: Recipient): boolean {
    if (bytes === undefined) return false;
    const maxBytes = this.context.settings.maxRecordBytes ?? Number.MAX_SAFE_INTEGER;
    recipient.answer({ kind: 'too-large', bytes, maxBytes });
    return true;
  }

  /** Only what is new: a session that exists keeps working, and frees its memory when it ends. */
  forMemory(recipient: Recipient): boolean {
    if (!this.context.memory.isFull) return false;
    this.context.notice({ kind: 'limit', limit: 'memory-full' });
    recipient.answer({ kind: 'refused', reason: 'memory.maxBytes of the node is reached' });
    return true;
  }

  /** A change that would be on this node alone, where that is not to be acknowledged. */
  withoutCopy(record: OwnedRecord, recipient: Recipient): boolean {
    const { settings, busConnected, tiering } = this.context;
    if (tiering.refusesChanges) {
      recipient.answer({ kind: 'refused', reason: 'the tier does not answer' });
      return true;
    }
    if (settings.onIsolation === 'serve' || settings.backups === 0) return false;
    // A dead one may still be listed: lost copies are looked after in turn, not at once.
    const { membership } = this.context;
    const hasHolder = [...record.backups.keys()].some((holder) => membership.isLive(holder));
    if (busConnected && hasHolder) return false;
    recipient.answer({ kind: 'refused', reason: 'no other node can hold a copy' });
    return true;
  }

  /** An end that no other node can learn of, where that is not to be acknowledged. */
  unheard(recipient: Recipient): boolean {
    const { settings, busConnected, tiering } = this.context;
    if (tiering.refusesEnds) {
      recipient.answer(UNTOLD);
      return true;
    }
    if (busConnected || settings.onIsolation === 'serve') return false;
    recipient.answer({ kind: 'refused', reason: 'no other node can be told of the end' });
    return true;
  }
}
