import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.js';
import { type AppliedCommits, isApplied, rememberApplied } from './applied-commits.js';

const id = (counter: number, watermark = 1, origin = 'a~1') => ({ origin, counter, watermark });

describe('the applied commits of a record', () => {
  it('know a commit, and none of another origin or number', () => {
    const applied = rememberApplied([], id(3));
    expect(isApplied(applied, id(3))).toBe(true);
    expect(isApplied(applied, id(4))).toBe(false);
    expect(isApplied(applied, id(3, 1, 'a~2'))).toBe(false);
  });

  it('forget what was answered and still know that it was', () => {
    let applied: AppliedCommits = [];
    for (const counter of [1, 2, 3]) applied = rememberApplied(applied, id(counter, counter));
    expect(applied).toHaveLength(1);
    for (const counter of [1, 2, 3]) expect(isApplied(applied, id(counter))).toBe(true);
  });

  it('take a slow commit that is older than others already applied', () => {
    const applied = rememberApplied(rememberApplied([], id(2, 1)), id(3, 1));
    expect(isApplied(applied, id(1, 1))).toBe(false);
  });

  it('keep the newest when there are too many', () => {
    let applied: AppliedCommits = [];
    for (let counter = 1; counter <= LIMITS.appliedCommits + 5; counter++) {
      applied = rememberApplied(applied, id(counter, 1));
    }
    expect(applied).toHaveLength(LIMITS.appliedCommits);
    expect(isApplied(applied, id(5))).toBe(false);
    expect(isApplied(applied, id(6))).toBe(true);
  });

  it('apply each commit once, however often and late its copies come', () => {
    const copies = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 30 })), { maxLength: 60 });
    fc.assert(
      fc.property(copies, (calls) => {
        // Each commit is answered when its first copy arrives; later ones are under way for a while.
        const arrivals = calls
          .map(([counter, delay], order) => ({ counter, at: order + delay, order }))
          .sort((left, right) => left.at - right.at || left.order - right.order);
        let applied: AppliedCommits = [];
        const answered = new Set<number>();
        let times = 0;
        for (const { counter } of arrivals) {
          let watermark = 0;
          while (answered.has(watermark)) watermark++;
          // A copy carries the watermark of when it was made, which is never above its own number.
          const commit = id(counter, Math.min(watermark, counter), 'a~1');
          if (isApplied(applied, commit)) continue;
          applied = rememberApplied(applied, commit);
          answered.add(counter);
          times++;
        }
        expect(times).toBe(new Set(calls.map(([counter]) => counter)).size);
      }),
    );
  });
});
