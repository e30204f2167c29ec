import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { msgpackRecordCodec } from '../../codec/record-codec.js';
import { advanceContent } from '../record/content.js';
import type { Stamp } from '../record/lineage-past.js';
import type { RecordContent } from '../record/record.js';
import type { DeltaBody } from '../record/record-codec.js';
import { applyOperations } from '../values/apply.js';
import type { Operation } from '../values/operations.js';
import type { SessionDocument, SessionObject } from '../values/values.js';
import { logChange, openLog } from './change-log.js';
import { type LineageMerge, mergeLineages } from './lineage-merge.js';
import type { LineageSide } from './lineage-sides.js';

const { encodeDelta, decodeDelta } = msgpackRecordCodec;
const FORK: Stamp = { epoch: 1, owner: 'n0', seq: 5 };

/** What one side did, and when. */
interface Step extends Partial<DeltaBody> {
  readonly at: number;
  readonly operations: readonly Operation[];
}

function contentOf(data: SessionObject, system: SessionObject = {}): RecordContent {
  const content: RecordContent = {
    document: { data, system },
    idleTimeoutMs: 1000,
    journal: [],
    applied: [],
    rates: new Map(),
    kind: 'session',
    changedAt: 0,
    past: { contains: [FORK] },
  };
  return openLog(content, FORK, 0);
}

/** A lineage that went on from the fork by these steps; `n1` claimed epoch 2, and so on. */
function changesOf(steps: readonly Step[], key: string) {
  return steps.flatMap((step) =>
    step.operations.filter(({ path }) => path[0] === 'data' && path[1] === key),
  );
}

function side(epoch: number, start: RecordContent, steps: readonly Step[]): LineageSide {
  const owner = `n${epoch}`;
  let content = start;
  steps.forEach(({ at, ...parts }, index) => {
    const body: DeltaBody = { ...parts, sinceLast: at - (content.changedAt ?? 0) };
    const before = content.document;
    const change = { epoch, owner, seq: index + 1, at, body: encodeDelta(body) };
    content = logChange(advanceContent(content, body, 0), before, body, change);
  });
  const answeredAt = content.changedAt ?? 0;
  return { stamp: { epoch, owner, seq: steps.length }, content, answeredAt };
}

function resultOf(winner: LineageSide, merge: LineageMerge): SessionDocument {
  return applyOperations(winner.content.document, merge.operations);
}

/** The data after the second side was merged into the first, and what was superseded. */
function merge(start: SessionObject, ours: readonly Step[], theirs: readonly Step[]) {
  const content = contentOf(start);
  const winner = side(3, content, ours);
  const result = mergeLineages(winner, side(2, content, theirs), decodeDelta);
  const lost = result.superseded.map(({ path, at, by }) => [path.slice(1).join('.'), at, by]);
  return { data: resultOf(winner, result).data, lost };
}

const set = (name: string, value: SessionObject[string]): Operation => ({
  kind: 'set',
  path: ['data', ...name.split('.')],
  value,
});
const increment = (name: string, by: number): Operation => ({
  kind: 'increment',
  path: ['data', ...name.split('.')],
  by,
});
const append = (name: string, index: number, item: SessionObject[string]): Operation => ({
  kind: 'splice',
  path: ['data', name],
  index,
  deleteCount: 0,
  items: [item],
});
const remove = (name: string, index: number): Operation => ({
  kind: 'splice',
  path: ['data', name],
  index,
  deleteCount: 1,
  items: [],
});
const at = (time: number, ...operations: Operation[]): Step => ({ at: time, operations });

describe('merging two lineages', () => {
  it('adds up the counters of both', () => {
    const ours = [at(1, increment('n', 2)), at(4, increment('n', 3))];
    const theirs = [at(2, increment('n', 10)), at(3, increment('n', 20))];
    expect(merge({ n: 1 }, ours, theirs)).toEqual({ data: { n: 36 }, lost: [] });
  });

  /** Found by the simulation: profile sides, seed 18. */
  it('goes by the changes of both although their fork is no longer among the lineages remembered', () => {
    const forgetful = ({ stamp, ...rest }: LineageSide): LineageSide => {
      const { past } = rest.content;
      const contains = [{ epoch: stamp.epoch - 1, owner: 'n9', seq: 1 }];
      return { ...rest, stamp, content: { ...rest.content, past: { ...past, contains } } };
    };
    const start = contentOf({ note: 'old' });
    const winner = forgetful(side(43, start, [at(9, set('other', 1))]));
    const orphan = forgetful(side(42, start, [at(2, set('note', 'new'))]));
    const result = mergeLineages(winner, orphan, decodeDelta);
    expect(resultOf(winner, result).data).toEqual({ note: 'new', other: 1 });
    expect(result.superseded).toEqual([]);
  });

  it('keeps what both added to a list, and what one of them removed stays removed', () => {
    const start = { list: [{ sku: 'tea' }, { sku: 'cup' }] };
    const ours = [at(1, append('list', 2, { sku: 'pot' }))];
    const theirs = [at(2, remove('list', 0)), at(3, append('list', 1, { sku: 'jug' }))];
    const { data, lost } = merge(start, ours, theirs);
    expect(data).toEqual({ list: [{ sku: 'cup' }, { sku: 'pot' }, { sku: 'jug' }] });
    expect(lost).toEqual([]);
  });

  it.each([
    { name: 'theirs', ours: 1, theirs: 2, value: 'theirs', lost: [['x', 1, 2]] },
    { name: 'ours', ours: 2, theirs: 1, value: 'ours', lost: [['x', 1, 2]] },
  ])('takes the later value of a path and reports the other: $name', (given) => {
    const ours = [at(given.ours, set('x', 'ours'))];
    const theirs = [at(given.theirs, set('x', 'theirs'))];
    expect(merge({ x: 0 }, ours, theirs)).toEqual({ data: { x: given.value }, lost: given.lost });
  });

  it('does not report a value that both have', () => {
    expect(merge({}, [at(1, set('x', 1))], [at(2, set('x', 1))]).lost).toEqual([]);
  });

  it('keeps what came after a value on the other side', () => {
    const ours = [at(1, increment('n', 1)), at(3, increment('n', 5))];
    const { data, lost } = merge({ n: 0 }, ours, [at(2, set('n', 100))]);
    expect(data).toEqual({ n: 105 });
    expect(lost).toEqual([['n', 1, 2]]);
  });

  it('keeps changes of different places of one object', () => {
    const start = { cart: { tea: 1, cup: 1 } };
    const { data, lost } = merge(start, [at(1, set('cart.tea', 2))], [at(2, set('cart.cup', 3))]);
    expect(data).toEqual({ cart: { tea: 2, cup: 3 } });
    expect(lost).toEqual([]);
  });

  it('applies a commit that is on both sides once', () => {
    const id = { origin: 'n9', counter: 4, watermark: 4 };
    const twice = { at: 1, operations: [increment('n', 1)], id };
    expect(merge({ n: 0 }, [twice], [{ ...twice, at: 2 }]).data).toEqual({ n: 1 });
  });

  it('lets the first outcome of an idempotency key stand, on whichever side it was', () => {
    const keyed = (time: number, item: string): Step => ({
      at: time,
      operations: [append('list', 0, item)],
      journal: { key: 'k', fingerprint: 'f', outcome: new TextEncoder().encode(item) },
    });
    const first = merge({ list: [] }, [keyed(1, 'ours')], [keyed(2, 'theirs')]);
    expect(first).toEqual({ data: { list: ['ours'] }, lost: [['list', 2, 1]] });
    const second = merge({ list: [] }, [keyed(2, 'ours')], [keyed(1, 'theirs')]);
    expect(second).toEqual({ data: { list: ['theirs'] }, lost: [['list', 2, 1]] });
  });

  it('remembers the outcomes of both sides', () => {
    const journal = (key: string) => ({ key, fingerprint: 'f', outcome: new Uint8Array([1]) });
    const content = contentOf({});
    const winner = side(3, content, [{ at: 1, operations: [], journal: journal('ours') }]);
    const orphan = side(2, content, [{ at: 2, operations: [], journal: journal('theirs') }]);
    const { merged } = mergeLineages(winner, orphan, decodeDelta);
    expect(merged.journal.map(({ key }) => key)).toEqual(['theirs']);
  });

  it('takes a key whole from the later side when its changes are not known one by one', () => {
    const content = contentOf({ n: 1, m: 1 });
    const winner = side(3, content, [at(1, increment('n', 1))]);
    const known = side(2, content, [at(2, increment('n', 5)), at(3, increment('m', 5))]);
    const log = known.content.past?.log;
    if (!log) throw new Error('there is a log');
    const forgotten = [['data', 'n', 2]] as const;
    const changes = log.changes.slice(1);
    const past = { contains: [FORK], log: { ...log, changes, forgotten } };
    const orphan = { ...known, content: { ...known.content, past } };
    const result = mergeLineages(winner, orphan, decodeDelta);
    expect(resultOf(winner, result).data).toEqual({ n: 6, m: 6 });
    expect(result.superseded).toEqual([{ path: ['data', 'n'], at: 1, by: 2 }]);
  });

  it.each([
    { name: 'not when nothing of its side is taken (stumble, seed 7277)', time: 1, made: [] },
    { name: 'as it may be when its side is taken', time: 3, made: [7] },
  ])('counts a commit as made that is not known one by one: $name', ({ time, made }) => {
    const content = contentOf({ n: 1 });
    const winner = side(3, content, [at(2, increment('n', 1))]);
    const id = { origin: 'n2', counter: 7, watermark: 7 };
    const known = side(2, content, [{ ...at(time, increment('n', 5)), id }]);
    const orphan = { ...known, content: { ...known.content, past: { contains: [FORK] } } };
    const { merged, superseded } = mergeLineages(winner, orphan, decodeDelta);
    expect(superseded).toHaveLength(1);
    expect(merged.applied.map(({ counter }) => counter)).toEqual(made);
  });

  it('counts a commit as made that is known, although a later one of the other side covers it', () => {
    const content = contentOf({ x: 0 });
    const id = { origin: 'n2', counter: 7, watermark: 7 };
    const orphan = side(2, content, [{ ...at(1, set('x', 1)), id }]);
    const { merged } = mergeLineages(side(3, content, [at(2, set('x', 2))]), orphan, decodeDelta);
    expect(merged.applied).toEqual([id]);
  });
});

/** The winner with the result of a merge as its next change. */
function afterMerge(winner: LineageSide, orphan: LineageSide, time: number): LineageSide {
  const { operations, merged } = mergeLineages(winner, orphan, decodeDelta);
  const { content, stamp } = winner;
  const seq = stamp.seq + 1;
  const body: DeltaBody = { operations, merged, sinceLast: time - (content.changedAt ?? 0) };
  const change = { ...stamp, seq, at: time, body: encodeDelta(body) };
  const next = logChange(advanceContent(content, body, 0), content.document, body, change);
  return { stamp: { ...stamp, seq }, content: next, answeredAt: time };
}

describe('a third lineage', () => {
  const commit = { origin: 'n9', counter: 7, watermark: 0 };
  const outcome = { key: 'order', fingerprint: 'f', outcome: new Uint8Array() };
  /** Two sides that met, and one that has been apart from both since the fork. */
  const meet = (one: readonly Step[], other: readonly Step[]) => {
    const content = contentOf({ n: 1 });
    const both = afterMerge(side(3, content, one), side(2, content, other), 50);
    return { both, third: side(4, content, [at(60, set('m', 1))]) };
  };
  const dataOf = (winner: LineageSide, orphan: LineageSide) =>
    resultOf(winner, mergeLineages(winner, orphan, decodeDelta)).data;

  /** Found by the simulation: profile everything, seed 59. */
  it('takes a commit that two sides had made for one', () => {
    const { both, third } = meet(
      [{ ...at(5, increment('n', 1)), id: commit }],
      [{ ...at(2, increment('n', 1)), id: commit }, at(3, increment('n', 10))],
    );
    expect(both.content.document.data).toEqual({ n: 12 });
    expect(dataOf(third, both)).toEqual({ n: 12, m: 1 });
    expect(dataOf(both, third)).toEqual({ n: 12, m: 1 });
  });

  it('has a commit already that it knows from the one of them that was in the other', () => {
    const content = contentOf({ n: 1 });
    const made = side(2, content, [{ ...at(2, increment('n', 1)), id: commit }]);
    const both = afterMerge(
      side(3, content, [{ ...at(5, increment('n', 1)), id: commit }]),
      made,
      50,
    );
    // It went on from that lineage, and the commit was answered so long ago that its id is forgotten.
    const past = { contains: [FORK, made.stamp] };
    const start = { ...made.content, applied: [], past };
    const third = side(4, openLog(start, made.stamp, 0), [at(60, set('m', 1))]);
    expect(dataOf(third, both)).toEqual({ n: 2, m: 1 });
    expect(dataOf(both, third)).toEqual({ n: 2, m: 1 });
  });

  it.each([
    { name: 'not made', ours: 2, theirs: 5, n: 2 },
    { name: 'undone', ours: 5, theirs: 2, n: 11 },
  ])('does not make what was $name because of an idempotency key', ({ ours, theirs, n }) => {
    const { both, third } = meet(
      [{ ...at(ours, increment('n', 1)), id: commit, journal: outcome }],
      [{ ...at(theirs, increment('n', 10)), id: { ...commit, counter: 8 }, journal: outcome }],
    );
    expect(both.content.document.data).toEqual({ n });
    expect(dataOf(third, both)).toEqual({ n, m: 1 });
  });
});

describe('the protected area', () => {
  const path = ['system', 'roles'];
  const roles = (time: number, value: string): Step =>
    at(time, { kind: 'set', path, value: [value] });

  it.each([
    { name: 'ours', ours: 5, theirs: 4, expected: 'ours' },
    { name: 'theirs', ours: 4, theirs: 5, expected: 'theirs' },
  ])('is that of the side with the later answered change: $name', ({ ours, theirs, expected }) => {
    const content = contentOf({}, { roles: ['none'] });
    const winner = side(3, content, [roles(ours, 'ours')]);
    const orphan = side(2, content, [roles(theirs, 'theirs')]);
    const result = mergeLineages(winner, orphan, decodeDelta);
    expect(resultOf(winner, result).system).toEqual({ roles: [expected] });
    expect(result.superseded.map((value) => value.path)).toEqual([path]);
  });
});

const name = fc.constantFrom('a', 'b', 'o.x', 'o.y', 'o');
/** Counting an object is a mistake that makes a number of it; what was in it cannot be told then. */
const counted = fc.constantFrom('a', 'b', 'o.x', 'o.y');
const operation = fc.oneof(
  fc.record({ kind: fc.constant('set'), name, value: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ kind: fc.constant('delete'), name, value: fc.constant(0) }),
  fc.record({
    kind: fc.constant('increment'),
    name: counted,
    value: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({ kind: fc.constant('set-system'), name, value: fc.integer({ min: 0, max: 9 }) }),
);
type Drawn = typeof operation extends fc.Arbitrary<infer T> ? T : never;

function toOperation({ kind, name: place, value }: Drawn): Operation {
  const path = ['data', ...place.split('.')];
  if (kind === 'set') return { kind, path, value };
  if (kind === 'delete') return { kind, path };
  if (kind === 'increment') return { kind, path, by: value };
  return { kind: 'set', path: ['system', place.replace('.', '')], value };
}

/** Steps of two sides with times that are all different. */
const steps = fc.array(fc.tuple(fc.boolean(), operation), { maxLength: 12 }).map((drawn) => {
  const all = drawn.map(([isOurs, each], index) => ({
    isOurs,
    step: at(index + 1, toOperation(each)),
  }));
  return {
    ours: all.filter(({ isOurs }) => isOurs).map(({ step }) => step),
    theirs: all.filter(({ isOurs }) => !isOurs).map(({ step }) => step),
    inOrder: all.map(({ step }) => step),
  };
});

describe('any two lineages', () => {
  const start = { a: 1, b: 2, o: { x: 1 } };

  it('merge into what one owner would have made of all their changes, whoever is the winner', () => {
    fc.assert(
      fc.property(steps, ({ ours, theirs, inOrder }) => {
        const content = contentOf(start);
        const one = side(2, content, ours);
        const other = side(3, content, theirs);
        const expected = side(4, content, inOrder).content.document.data;
        const [left, right] = [
          mergeLineages(one, other, decodeDelta),
          mergeLineages(other, one, decodeDelta),
        ];
        expect(resultOf(one, left).data).toEqual(expected);
        expect(resultOf(other, right).data).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('never mix the protected area', () => {
    fc.assert(
      fc.property(steps, ({ ours, theirs }) => {
        const content = contentOf(start);
        const [one, other] = [side(2, content, ours), side(3, content, theirs)];
        const preferred = other.answeredAt > one.answeredAt ? other : one;
        const merged = resultOf(one, mergeLineages(one, other, decodeDelta));
        expect(merged.system).toEqual(preferred.content.document.system);
      }),
    );
  });

  it('lose no value without a report', () => {
    fc.assert(
      fc.property(steps, ({ ours, theirs }) => {
        const content = contentOf(start);
        const [one, other] = [side(2, content, ours), side(3, content, theirs)];
        const result = mergeLineages(one, other, decodeDelta);
        const merged = resultOf(one, result).data;
        for (const [mine, others, { document }] of [
          [ours, theirs, one.content],
          [theirs, ours, other.content],
        ] as const) {
          for (const key of ['a', 'b']) {
            const isReported = result.superseded.some(({ path }) => path[1] === key);
            const isChanged = document.data[key] !== start[key as 'a'];
            const operations = [...changesOf(mine, key), ...changesOf(others, key)];
            const isCounted = operations.some(({ kind }) => kind === 'increment');
            // The other side was there as well and went on from it: nothing is lost.
            const last = changesOf(mine, key).at(-1);
            const isOnBoth = changesOf(others, key).some(
              (each) => JSON.stringify(each) === JSON.stringify(last),
            );
            if (!isChanged || isCounted || isReported || isOnBoth) continue;
            expect(merged[key]).toEqual(document.data[key]);
          }
        }
      }),
    );
  });

  it('have nothing to merge a second time', () => {
    fc.assert(
      fc.property(steps, ({ ours, theirs }) => {
        const content = contentOf(start);
        const [one, other] = [side(2, content, ours), side(3, content, theirs)];
        const { operations, merged } = mergeLineages(one, other, decodeDelta);
        const body: DeltaBody = { operations, merged, sinceLast: 1 };
        const seq = one.stamp.seq + 1;
        const change = { ...one.stamp, seq, at: 100, body: encodeDelta(body) };
        const before = one.content.document;
        const after = logChange(advanceContent(one.content, body, 0), before, body, change);
        const again: LineageSide = { ...one, stamp: { ...one.stamp, seq }, content: after };
        const second = mergeLineages({ ...again, answeredAt: 100 }, other, decodeDelta);
        expect(resultOf(again, second)).toEqual(after.document);
        expect(second.merged.changes).toEqual([]);
      }),
    );
  });
});
