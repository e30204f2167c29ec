import { LIMITS } from '../../core/limits.js';
import type { CommitId } from '../../core/record/applied-commits.js';
import { FrameError } from '../../errors.js';
import { bytes, integer, list, number, oneOf, type Schema, struct, text } from '../schema.js';

export const incarnation = text(64);
export const label = text(64);
export const version = struct({ epoch: integer, seq: integer });
export const lineage = struct({ epoch: integer, owner: incarnation });
export const stamp = struct({ epoch: integer, owner: incarnation, seq: integer });
export const stamps = list(stamp, LIMITS.formerLineages * 2);
export const durability = oneOf('async', 'backup', 'all');

/** Time left, in whole milliseconds: a fraction would cost four bytes and mean nothing. */
export const remaining: Schema<number> = {
  pack: Math.ceil,
  write: (value, out) => out.number(Math.ceil(value)),
  read: number.read,
};

const commitIdFields = struct({ origin: incarnation, counter: integer, open: integer });

/** The watermark as its distance, which is one byte where the watermark itself would be five. */
export const commitId: Schema<CommitId> = {
  pack: ({ origin, counter, watermark }) => [origin, counter, counter - watermark],
  write: ({ origin, counter, watermark }, out) => {
    out.list(3);
    out.text(origin);
    out.number(counter);
    out.number(counter - watermark);
  },
  read: (raw, where) => {
    const { origin, counter, open } = commitIdFields.read(raw, where);
    if (open > counter) throw new FrameError(`${where} is not a commit id`);
    return { origin, counter, watermark: counter - open };
  },
};

export const journalEntry = struct({
  key: text(LIMITS.journalKeyCharacters),
  fingerprint: text(128),
  outcome: bytes,
});
