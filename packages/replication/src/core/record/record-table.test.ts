import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { copyOf } from '../copies/copies.js';
import { type HeldRecord, LooseRecord } from '../memory/held-record.js';
import { leakedBytes } from '../memory/slab-audit.js';
import type { OwnedRecord } from './record.js';
import { RecordTable } from './record-table.js';

const bytes = (...values: number[]) => new Uint8Array(values);

function held(key = 'k', seed = 1): HeldRecord {
  return new LooseRecord({
    key,
    epoch: 3,
    seq: seed,
    owner: `m~${seed % 3}`,
    backups: [`n~${seed % 2}`],
    base: bytes(1, 2, seed),
    tail: seed % 2 === 0 ? [] : [bytes(4), bytes(5, seed)],
    idleDeadlineMs: seed + 0.5,
    absoluteDeadlineMs: 2 ** 40 + seed,
  });
}

const owned = (key: string) => ({ role: 'owner', key, epoch: 4, seq: 0 }) as OwnedRecord;

describe('the records of a node', () => {
  let table: RecordTable;
  beforeEach(() => {
    table = new RecordTable();
  });

  function stored(seed?: number): HeldRecord {
    table.set('k', held('k', seed));
    return table.get('k') as HeldRecord;
  }

  it.each<[string, () => HeldRecord]>([
    ['off the wire', () => held()],
    ['that is stored', () => stored()],
    ['that was detached', () => stored().detached()],
  ])('a copy %s has its fields, bytes and sizes', (_which, make) => {
    const record = make();
    expect(copyOf(record, 0)).toEqual(copyOf(held(), 0));
    expect([record.role, record.key]).toEqual(['backup', 'k']);
    expect([record.tailLength, record.tailBytes, record.encodedBytes]).toEqual([2, 11, 14]);
    record.append(new Uint8Array(70_000).fill(7));
    record.seq = 6;
    record.idleDeadlineMs = 77.25;
    expect([record.tailLength, record.encodedBytes]).toEqual([3, 70_018]);
    expect(record.tail[2]).toEqual(new Uint8Array(70_000).fill(7));
    expect([record.seq, record.idleDeadlineMs]).toEqual([6, 77.25]);
    record.replaceBase(bytes(9));
    expect([record.base, record.tail]).toEqual([bytes(9), []]);
    record.append(bytes(8));
    expect(record.tail).toEqual([bytes(8)]);
  });

  it('hand out bytes that nothing overwrites later', () => {
    const record = stored();
    const { base, tail } = record;
    const detached = record.detached();
    table.set('k', undefined);
    for (let seed = 2; seed < 9; seed++) table.set(`k${seed}`, held('k', seed));
    expect([base, tail]).toEqual([bytes(1, 2, 1), [bytes(4), bytes(5, 1)]]);
    expect(copyOf(detached, 0)).toEqual(copyOf(held(), 0));
  });

  it('let nobody read another copy through a window on one that was replaced', () => {
    const record = stored();
    const other = stored(2);
    expect(() => record.base).toThrow('after it was replaced');
    expect(() => record.seq).toThrow('after it was replaced');
    expect(() => record.append(bytes(1))).toThrow('after it was replaced');
    expect(other.seq).toBe(2);
  });

  it('may be set to what is read from them', () => {
    stored();
    table.set('k', table.get('k'));
    expect(copyOf(table.get('k') as HeldRecord, 0)).toEqual(copyOf(held(), 0));
    expect(leakedBytes(table.values(), table.slabUsage)).toBe(0);
  });

  it('are what a map of objects would be, whatever is done to them, and leak nothing', () => {
    const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const kinds = fc.constantFrom('held', 'owned', 'none', 'append', 'base', 'tidy');
    fc.assert(
      fc.property(fc.array(fc.tuple(kinds, keys, fc.nat(200)), { maxLength: 80 }), (script) => {
        const records = new RecordTable();
        const model = new Map<string, OwnedRecord | HeldRecord>();
        for (const [kind, key, seed] of script) {
          step(records, model, kind, key, seed);
          expect(leakedBytes(records.values(), records.slabUsage)).toBe(0);
        }
        expect([...records.keys()]).toEqual([...model.keys()]);
        expect(records.ownedCount).toBe(
          [...model.values()].filter(({ role }) => role === 'owner').length,
        );
        for (const record of records.values()) {
          const expected = model.get(record.key);
          if (record.role === 'owner') expect(record).toBe(expected);
          else expect(copyOf(record, 0)).toEqual(copyOf(expected as HeldRecord, 0));
        }
        for (const key of model.keys()) records.set(key, undefined);
        expect(records.slabUsage.values).toBe(0);
      }),
    );
  });
});

function step(
  records: RecordTable,
  model: Map<string, OwnedRecord | HeldRecord>,
  kind: string,
  key: string,
  seed: number,
): void {
  if (kind === 'tidy') records.compactStep();
  else if (kind === 'none') {
    records.set(key, undefined);
    model.delete(key);
  } else if (kind === 'held') {
    records.set(key, held(key, seed));
    model.set(key, held(key, seed));
  } else if (kind === 'owned') {
    const record = owned(key);
    records.set(key, record);
    model.set(key, record);
  } else {
    for (const record of [records.get(key), model.get(key)]) {
      if (record?.role !== 'backup') continue;
      if (kind === 'append') record.append(new Uint8Array(seed * 50).fill(seed));
      else record.replaceBase(new Uint8Array(seed * 100).fill(seed));
    }
  }
}
