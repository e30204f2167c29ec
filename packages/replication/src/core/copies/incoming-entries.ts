import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { HeldRecord } from '../memory/held-record.js';
import type { LinkEntry, Refusal } from '../messages.js';
import { decodeCopy } from '../record/content.js';
import type { Incarnation, SessionRecord } from '../record/record.js';
import { stepCopy } from './copies.js';

const TAIL_STEPS = 16;

/** What the entries of other nodes do to the copies that are held here. */
export class IncomingEntries {
  constructor(private readonly context: CoreContext) {}

  /** Does what an entry says, or says why not. */
  apply(from: Incarnation, entry: LinkEntry): Refusal | undefined {
    const { context } = this;
    if (entry.kind === 'bury') {
      context.bury(entry.buried);
      return undefined;
    }
    const record = context.records.get(entry.key);
    const step = stepCopy(
      {
        self: context.self,
        record,
        tombstone: context.tombstone(entry.key),
        promised: context.promises.get(entry.key),
        nowMs: context.nowMs,
      },
      from,
      entry,
    );
    switch (step.kind) {
      case 'refuse':
        return step.refusal;
      case 'remove':
        if (record && isOtherLineage(record, from, entry)) context.orphans.displaced(record, from);
        // What was held was a fence against a former owner, who may still count on an earlier copy and would
        // be taken at its word (everything, seed 187). Below the first epoch there is nobody.
        if (entry.kind === 'drop' && entry.epoch > 1) {
          context.promise(entry.key, { epoch: entry.epoch, owner: from });
        }
        context.setRecord(entry.key, undefined);
        return undefined;
      case 'store':
        if ('copy' in entry) {
          if (record) context.orphans.displaced(record, from, entry.copy);
          context.orphans.stored(entry.key, entry.copy);
        }
        context.setRecord(entry.key, step.record);
        context.claims.overtaken(entry.key);
        if (record?.role === 'owner') context.router.redispatch(entry.key);
        if (entry.kind === 'rotate') context.burials.receive([entry.buried], from, () => {});
        return undefined;
      case 'keep':
        return record?.role === 'backup' ? this.#compact(record) : undefined;
    }
  }

  /** A copy with a long tail is encoded anew, so that promoting it stays cheap. */
  #compact(record: HeldRecord): Refusal | undefined {
    const isShort = record.tailLength <= mostTailOf(record.key);
    if (isShort && record.tailBytes <= LIMITS.copyTailBytes) return undefined;
    const { codec, nowMs } = this.context;
    try {
      const content = decodeCopy(codec, record.base, record.tail, nowMs, record);
      record.replaceBase(codec.encodeContent(content, nowMs));
      return undefined;
    } catch {
      this.context.notice({ kind: 'unreadable', key: record.key });
      return { kind: 'need-snapshot', key: record.key };
    }
  }
}

/**
 * Copies that are changed in step would all have their longest tail in the same moment, and the
 * acknowledgements of everything else would wait until they are encoded: the bound differs by key.
 */
function mostTailOf(key: string): number {
  const spread = (key.charCodeAt(0) % TAIL_STEPS) / (2 * TAIL_STEPS);
  return Math.ceil(LIMITS.copyTail * (1 - spread));
}

/** Whether a copy that its holder is to drop is of another lineage than the one that says so. */
function isOtherLineage(record: SessionRecord, from: Incarnation, entry: LinkEntry): boolean {
  if (record.role !== 'backup' || entry.kind !== 'drop') return false;
  return record.owner !== from || record.epoch !== entry.epoch;
}
