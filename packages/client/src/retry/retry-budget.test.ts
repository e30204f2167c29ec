import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refillBudget } from './retry-budget.js';

describe('the retry budget', () => {
  const policies = fc.record({
    max: fc.double({ min: 0, max: 100, noNaN: true }),
    ratio: fc.double({ min: 0, max: 5, noNaN: true }),
  });

  test('stays between nothing and full whatever happens', () => {
    const events = fc.array(fc.constantFrom('success', 'repeated success', 'repetition'));
    fc.assert(
      fc.property(policies, events, (policy, history) => {
        let tokens = policy.max;
        for (const event of history) {
          if (event === 'repetition') tokens -= tokens >= 1 ? 1 : 0;
          else tokens = refillBudget(tokens, policy, event === 'repeated success');
          expect(tokens).toBeGreaterThanOrEqual(0);
          expect(tokens).toBeLessThanOrEqual(policy.max);
        }
      }),
    );
  });

  test('success refills it', () => {
    expect(refillBudget(3, { max: 20, ratio: 0.1 }, false)).toBeCloseTo(3.1);
  });

  test('a repetition that helped gets its token back', () => {
    expect(refillBudget(3, { max: 20, ratio: 0.1 }, true)).toBeCloseTo(4.1);
  });

  test('bounds the load on a server where nothing succeeds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 50 }),
        fc.integer({ min: 1, max: 500 }),
        (max, calls) => {
          let tokens = max;
          let sent = 0;
          for (let call = 0; call < calls; call += 1) {
            sent += 1;
            for (let repetition = 0; repetition < 4 && tokens >= 1; repetition += 1) {
              tokens -= 1;
              sent += 1;
            }
          }
          expect(sent).toBeLessThanOrEqual(calls + max);
        },
      ),
    );
  });
});
