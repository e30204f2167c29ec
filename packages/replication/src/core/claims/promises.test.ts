import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.js';
import { PROMISE_MS, Promises } from './promises.js';

const lineage = (epoch: number, owner = 'b~1') => ({ epoch, owner });

let promises: Promises;
beforeEach(() => {
  promises = new Promises();
});

describe('promises', () => {
  it('are of the highest lineage', () => {
    promises.make('k', lineage(3), 0);
    promises.make('k', lineage(2, 'c~1'), 1);
    expect(promises.get('k')).toMatchObject(lineage(3));
    promises.make('k', lineage(3, 'c~1'), 2);
    expect(promises.get('k')).toMatchObject(lineage(3, 'c~1'));
  });

  it('last ten minutes from the latest, in whatever order they were made and renewed', () => {
    const names = ['p', 'q', 'r', 's', 't'] as const;
    const action = fc.record({
      kind: fc.constantFrom('make', 'make', 'wait', 'delete'),
      name: fc.constantFrom(...names),
      waitMs: fc.nat(PROMISE_MS),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const tried = new Promises();
        const madeMs = new Map<string, number>();
        let nowMs = 0;
        for (const [epoch, { kind, name, waitMs }] of actions.entries()) {
          if (kind === 'make') {
            tried.make(name, lineage(epoch), nowMs);
            madeMs.set(name, nowMs);
          } else if (kind === 'delete') {
            tried.delete(name);
            madeMs.delete(name);
          } else nowMs += waitMs;
          tried.forgetOld(nowMs);
          for (const other of names) {
            const isKept = nowMs <= (madeMs.get(other) ?? Number.NEGATIVE_INFINITY) + PROMISE_MS;
            expect(tried.get(other) !== undefined).toBe(isKept);
          }
        }
      }),
    );
  });

  it('that were renewed keep no older one waiting', () => {
    for (const [atMs, name] of [...'pqr'].entries()) promises.make(name, lineage(1), atMs);
    promises.forgetOld(3);
    promises.make('q', lineage(2), 60_000);
    promises.forgetOld(PROMISE_MS + 10);
    expect(['p', 'q', 'r'].filter((name) => promises.get(name))).toEqual(['q']);
  });

  it('are forgotten a bounded part at a time', () => {
    for (let id = 0; id < LIMITS.expiryChecksPerTick + 5; id++)
      promises.make(`${id}`, lineage(1), 0);
    promises.forgetOld(PROMISE_MS);
    expect(promises.size).toBe(LIMITS.expiryChecksPerTick + 5);
    promises.forgetOld(PROMISE_MS + 1);
    expect(promises.size).toBe(5);
    promises.forgetOld(PROMISE_MS + 1);
    expect(promises.size).toBe(0);
  });
});
