import { describe, expect, it } from 'vitest';
import { msgpackRecordCodec } from '../../codec/record-codec.js';
import { LIMITS } from '../limits.js';
import { advanceContent } from '../record/content.js';
import type { OwnedRecord } from '../record/record.js';
import type { DeltaBody } from '../record/record-codec.js';
import { boundLog } from './bound-log.js';
import { forgetShared, noteChange, openLogBehind } from './change-log.js';

const { encodeDelta } = msgpackRecordCodec;
const SELF = 'n1~1';

/** What the log looks at of an owned record: three changes, of which two holders have not all. */
function recordWithChanges(): OwnedRecord {
  const record = {
    epoch: 2,
    seq: 0,
    content: {
      document: { data: { n: 0, note: 'old' }, system: {} },
      idleTimeoutMs: 1000,
      journal: [],
      applied: [],
      rates: new Map(),
      kind: 'session',
      changedAt: 0,
    },
    backups: new Map([
      ['n2~1', { ackedSeq: 0 }],
      ['n3~1', { ackedSeq: 0 }],
    ]),
    storedSeq: Number.POSITIVE_INFINITY,
    unshared: [],
    adoptedFrom: { epoch: 1, owner: 'n2~1', seq: 8 },
    isLogUntold: false,
  } as unknown as OwnedRecord;
  const change = (body: DeltaBody) => {
    const before = record.content.document;
    record.content = advanceContent(record.content, body, 0);
    record.seq++;
    noteChange(record, SELF, before, body, encodeDelta(body));
  };
  change({ operations: [{ kind: 'increment', path: ['data', 'n'], by: 1 }], sinceLast: 1 });
  change({ operations: [{ kind: 'set', path: ['data', 'note'], value: 'new' }], sinceLast: 1 });
  change({ operations: [{ kind: 'increment', path: ['data', 'n'], by: 1 }], sinceLast: 1 });
  return record;
}

const logOf = ({ content }: OwnedRecord) => {
  const { floor, base, changes } = content.past?.log ?? {};
  return { floor, base: base?.data, changes: changes?.map(({ seq }) => seq) };
};

describe('changes that the tier has not confirmed', () => {
  it('are kept although every holder has them, the latest few', () => {
    const record = recordWithChanges();
    record.storedSeq = 0;
    for (const progress of record.backups.values()) progress.ackedSeq = record.seq;
    forgetShared(record);
    expect(record.unshared.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    record.storedSeq = 2;
    forgetShared(record);
    expect(record.unshared.map(({ seq }) => seq)).toEqual([3]);
    for (let count = 0; count < 2 * LIMITS.unstoredChanges; count++) {
      record.seq++;
      const { document } = record.content;
      noteChange(record, SELF, document, { operations: [], sinceLast: 0 }, new Uint8Array());
      for (const progress of record.backups.values()) progress.ackedSeq = record.seq;
      forgetShared(record);
    }
    expect(record.unshared).toHaveLength(LIMITS.unstoredChanges);
    expect(record.unshared.at(-1)?.seq).toBe(record.seq);
  });
});

describe('a log that is opened behind a lost holder', () => {
  it('has what that one lacks', () => {
    const record = recordWithChanges();
    openLogBehind(record, SELF, 2, 10, encodeDelta);
    expect(logOf(record)).toEqual({
      floor: { epoch: 2, owner: SELF, seq: 2 },
      base: { n: 1 },
      changes: [3],
    });
  });

  /** Found by the simulation: profile sides, seed 7005. */
  it('reaches back to another one that is lost later and has less', () => {
    const record = recordWithChanges();
    openLogBehind(record, SELF, 3, 10, encodeDelta);
    expect(logOf(record).changes).toEqual([]);
    openLogBehind(record, SELF, 2, 20, encodeDelta);
    expect(logOf(record).changes).toEqual([3]);
    record.isLogUntold = false;
    openLogBehind(record, SELF, 0, 30, encodeDelta);
    expect(logOf(record)).toEqual({
      floor: { epoch: 2, owner: SELF, seq: 0 },
      base: { n: 0, note: 'old' },
      changes: [1, 2, 3],
    });
    // The holders that are left have the shorter one.
    expect(record.isLogUntold).toBe(true);
  });

  it('goes on from the former lineage where a holder has nothing of this one', () => {
    const record = recordWithChanges();
    openLogBehind(record, SELF, 1, 10, encodeDelta);
    openLogBehind(record, SELF, -1, 20, encodeDelta);
    expect(logOf(record)).toMatchObject({ floor: record.adoptedFrom, changes: [1, 2, 3] });
  });

  it('stays as it is when a holder has more than it begins with', () => {
    const record = recordWithChanges();
    openLogBehind(record, SELF, 1, 10, encodeDelta);
    record.isLogUntold = false;
    openLogBehind(record, SELF, 3, 20, encodeDelta);
    expect(logOf(record).changes).toEqual([2, 3]);
    expect(record.isLogUntold).toBe(false);
  });
});

describe('a log that is too long', () => {
  it('forgets the oldest changes, and says by lineage who has them', () => {
    const record = recordWithChanges();
    openLogBehind(record, SELF, 0, 10, encodeDelta);
    const step = { operations: [{ kind: 'increment', path: ['data', 'n'], by: 1 }] } as const;
    for (let count = 0; count < LIMITS.changeLog; count++) {
      const before = record.content.document;
      record.seq++;
      record.content = advanceContent(record.content, step, 0);
      noteChange(record, SELF, before, step, encodeDelta(step));
      const own = { epoch: record.epoch, owner: SELF, seq: record.seq };
      record.content = boundLog(record.content, own, 20, msgpackRecordCodec.decodeDelta);
    }
    const log = record.content.past?.log;
    expect(log?.changes).toHaveLength(LIMITS.changeLog);
    expect(log?.reach).toEqual([{ epoch: 2, owner: SELF, seq: 3 }]);
    // What the changed keys were before the oldest that is left.
    expect(log?.base.data).toEqual({ n: 2, note: 'new' });
    expect(log?.forgotten.map(([, key]) => key).toSorted()).toEqual(['n', 'note']);
  });
});
