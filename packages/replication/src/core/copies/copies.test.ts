import { describe, expect, it } from 'vitest';
import { type HeldRecord, LooseRecord } from '../memory/held-record.js';
import type { EncodedCopy, LinkEntry } from '../messages.js';
import type { Lineage, OwnedRecord, Tombstone } from '../record/record.js';
import { type CopySituation, copyOf, heldFrom, stepCopy } from './copies.js';

type Entry = Exclude<LinkEntry, { kind: 'bury' }>;

/** The owner of the lineage at hand, one whose name wins a tie, one whose name loses it. */
const OWNER = 'm~1';
const HIGHER = 'z~1';
const LOWER = 'a~1';
const SELF = 'n~1';
const NOW = 10_000;

const bytes = (...values: number[]) => new Uint8Array(values);

function held(epoch = 3, seq = 5, owner = OWNER): HeldRecord {
  return new LooseRecord({
    key: 'k',
    epoch,
    seq,
    owner,
    backups: [SELF],
    base: bytes(1),
    tail: [bytes(2)],
    idleDeadlineMs: NOW + 100,
    absoluteDeadlineMs: NOW + 1000,
  });
}

function owned(epoch = 3): OwnedRecord {
  return { role: 'owner', key: 'k', epoch, seq: 5 } as OwnedRecord;
}

function situation(parts: Partial<CopySituation> = {}): CopySituation {
  return {
    self: SELF,
    record: undefined,
    tombstone: undefined,
    promised: undefined,
    nowMs: NOW,
    ...parts,
  };
}

function copy(epoch = 3, seq = 5, owner = OWNER): EncodedCopy {
  return {
    epoch,
    seq,
    owner,
    backups: [SELF],
    base: bytes(9),
    tail: [],
    idleRemainingMs: 500,
    absoluteRemainingMs: 5000,
  };
}

const delta = (epoch = 3, seq = 6): Entry => ({
  kind: 'delta',
  key: 'k',
  epoch,
  seq,
  idleRemainingMs: 700,
  body: bytes(3),
});
const snapshot = (epoch?: number, seq?: number): Entry => ({
  kind: 'snapshot',
  key: 'k',
  copy: copy(epoch, seq),
});
const rotate = (epoch?: number): Entry => ({
  kind: 'rotate',
  key: 'k',
  copy: copy(epoch, 6),
  buried: { key: 'old', version: { epoch: 3, seq: 6 }, remainingMs: 1 },
});
const touch = (epoch = 3): Entry => ({ kind: 'touch', key: 'k', epoch, idleRemainingMs: 700 });
const drop = (epoch = 3): Entry => ({ kind: 'drop', key: 'k', epoch });

const tombstone: Tombstone = {
  key: 'k',
  version: { epoch: 3, seq: 6 },
  atMs: 0,
  untilMs: NOW + 60,
};

/** What is known when the entry of OWNER arrives. */
const SITUATIONS = {
  nothing: () => situation(),
  'the same lineage': () => situation({ record: held() }),
  'an older epoch': () => situation({ record: held(2, 40) }),
  'a newer epoch': () => situation({ record: held(4, 0) }),
  'a tie that its owner loses': () => situation({ record: held(3, 5, LOWER) }),
  'a tie that its owner wins': () => situation({ record: held(3, 5, HIGHER) }),
  'ownership of an older epoch': () => situation({ record: owned(2) }),
  'ownership of a newer epoch': () => situation({ record: owned(4) }),
  'a promise of a newer epoch': () => promise(held(), { epoch: 4, owner: LOWER }),
  'a promise that wins the tie': () => promise(held(), { epoch: 3, owner: HIGHER }),
  'a promise that loses the tie': () => promise(held(), { epoch: 3, owner: LOWER }),
  'a promise to its own lineage': () => promise(held(), { epoch: 3, owner: OWNER }),
  'only a promise of a newer epoch': () => promise(undefined, { epoch: 4, owner: LOWER }),
  'a tombstone': () => situation({ tombstone }),
} as const;

function promise(record: HeldRecord | undefined, promised: Lineage): CopySituation {
  return situation({ record, promised });
}

type Outcome =
  | 'applied'
  | 'kept'
  | 'stored'
  | 'removed'
  | 'touched'
  | 'fenced'
  | 'need-snapshot'
  | 'buried';

/** In the order delta, snapshot, rotate, touch, drop. */
const TABLE: Record<keyof typeof SITUATIONS, readonly Outcome[]> = {
  nothing: ['need-snapshot', 'stored', 'stored', 'kept', 'kept'],
  'the same lineage': ['applied', 'stored', 'stored', 'touched', 'removed'],
  'an older epoch': ['need-snapshot', 'stored', 'stored', 'kept', 'removed'],
  'a newer epoch': ['fenced', 'fenced', 'fenced', 'fenced', 'fenced'],
  'a tie that its owner loses': ['need-snapshot', 'stored', 'stored', 'kept', 'removed'],
  'a tie that its owner wins': ['fenced', 'fenced', 'fenced', 'fenced', 'fenced'],
  'ownership of an older epoch': ['need-snapshot', 'stored', 'stored', 'kept', 'kept'],
  'ownership of a newer epoch': ['fenced', 'fenced', 'fenced', 'fenced', 'fenced'],
  'a promise of a newer epoch': ['fenced', 'fenced', 'fenced', 'fenced', 'fenced'],
  'a promise that wins the tie': ['fenced', 'fenced', 'fenced', 'fenced', 'fenced'],
  'a promise that loses the tie': ['applied', 'stored', 'stored', 'touched', 'removed'],
  'a promise to its own lineage': ['applied', 'stored', 'stored', 'touched', 'removed'],
  'only a promise of a newer epoch': ['fenced', 'fenced', 'fenced', 'fenced', 'fenced'],
  'a tombstone': ['buried', 'buried', 'buried', 'buried', 'kept'],
};

const ENTRIES = { delta, snapshot, rotate, touch, drop };

const CASES = Object.entries(TABLE).flatMap(([known, outcomes]) =>
  Object.entries(ENTRIES).map(([entry, make], index) => ({
    known: known as keyof typeof SITUATIONS,
    entry,
    make,
    outcome: outcomes[index] as Outcome,
  })),
);

function outcomeOf(known: CopySituation, entry: Entry): Outcome {
  const before = known.record?.role === 'backup' ? structuredClone({ ...known.record }) : undefined;
  const step = stepCopy(known, OWNER, entry);
  switch (step.kind) {
    case 'refuse':
      return step.refusal.kind;
    case 'store':
      return 'stored';
    case 'remove':
      return 'removed';
    case 'keep': {
      if (known.record?.role !== 'backup' || !before) return 'kept';
      if (known.record.seq > before.seq) return 'applied';
      return known.record.idleDeadlineMs === before.idleDeadlineMs ? 'kept' : 'touched';
    }
  }
}

describe('a node that holds or knows', () => {
  it.each(CASES)('$known: $entry is $outcome', ({ known, make, outcome }) => {
    expect(outcomeOf(SITUATIONS[known](), make())).toBe(outcome);
  });
});

describe('a held copy', () => {
  it.each<[string, number, Outcome]>([
    ['the next delta', 6, 'applied'],
    ['the same delta again', 5, 'kept'],
    ['an old delta', 1, 'kept'],
    ['a delta after a gap', 7, 'need-snapshot'],
  ])('takes %s so: %s', (_name, seq, outcome) => {
    expect(outcomeOf(situation({ record: held() }), delta(3, seq))).toBe(outcome);
  });

  it('keeps what it has when a delta is refused', () => {
    const record = held();
    stepCopy(situation({ record }), OWNER, delta(3, 7));
    expect(copyOf(record, NOW)).toEqual(copyOf(held(), NOW));
  });

  it('appends the bytes of a delta unread, with its number and deadline', () => {
    const record = held();
    stepCopy(situation({ record }), OWNER, delta());
    expect(copyOf(record, NOW)).toEqual({
      ...copyOf(held(), NOW),
      seq: 6,
      tail: [bytes(2), bytes(3)],
      idleRemainingMs: 700,
    });
  });

  it.each<[string, number, Outcome]>([
    ['a newer snapshot', 6, 'stored'],
    ['the same again', 5, 'stored'],
    ['an older snapshot', 4, 'kept'],
  ])('takes %s so: %s', (_name, seq, outcome) => {
    expect(outcomeOf(situation({ record: held() }), snapshot(3, seq))).toBe(outcome);
  });

  it('follows a rotation even if it has the successor, with its burial', () => {
    expect(stepCopy(situation({ record: held(3, 6) }), OWNER, rotate()).kind).toBe('store');
  });

  it('says who fenced', () => {
    const step = stepCopy(SITUATIONS['a promise of a newer epoch'](), OWNER, delta());
    expect(step).toEqual({
      kind: 'refuse',
      refusal: { kind: 'fenced', key: 'k', by: { epoch: 4, owner: LOWER } },
    });
  });

  it('says until when a key is buried', () => {
    const step = stepCopy(SITUATIONS['a tombstone'](), OWNER, delta());
    expect(step).toEqual({
      kind: 'refuse',
      refusal: {
        kind: 'buried',
        buried: { key: 'k', version: { epoch: 3, seq: 6 }, remainingMs: 60 },
      },
    });
  });

  it('crosses the wire with its deadlines as remaining time', () => {
    const moved = heldFrom('k', copyOf(held(), NOW + 40), 500_000);
    expect(copyOf(moved, 500_000)).toEqual(copyOf(held(), NOW + 40));
    expect(moved).toMatchObject({ idleDeadlineMs: 500_060, absoluteDeadlineMs: 500_960 });
    expect(copyOf(held(), NOW + 5000)).toMatchObject({
      idleRemainingMs: 0,
      absoluteRemainingMs: 0,
    });
  });
});
