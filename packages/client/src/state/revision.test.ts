import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOlder, seeRevision } from './revision.js';

describe('the order of revisions', () => {
  test.each([
    ['1.1', '1.2', true],
    ['1.2', '1.1', false],
    ['1.9', '1.10', true],
    ['2.1', '10.1', true],
    ['1.99', '2.1', true],
    ['1.1', '1.1', false],
    [null, '1.1', true],
    ['1.1', null, false],
    [null, null, false],
    [undefined, '1.1', true],
  ])('%s is older than %s: %s', (left, right, expected) => {
    expect(isOlder(left, right)).toBe(expected);
  });

  test('is that of the numbers, epoch first', () => {
    const number = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(number, number, number, number, (e1, s1, e2, s2) => {
        const older = e1 < e2 || (e1 === e2 && s1 < s2);
        expect(isOlder(`${e1}.${s1}`, `${e2}.${s2}`)).toBe(older);
      }),
    );
  });
});

describe('taking in a revision', () => {
  const seen = { newest: '1.5', session: 0 };

  test('keeps the newest', () => {
    expect(seeRevision(seen, '1.6', seen)).toEqual({ newest: '1.6', session: 0 });
    const atSend = { newest: '1.3', session: 0 };
    expect(seeRevision(seen, '1.4', atSend)).toBe(seen);
  });

  test('takes less than was demanded for another session', () => {
    expect(seeRevision(seen, '1.1', seen)).toEqual({ newest: '1.1', session: 1 });
  });

  test('learns nothing from an answer to a request of an earlier session', () => {
    const now = { newest: '1.1', session: 1 };
    expect(seeRevision(now, '1.9', seen)).toBe(now);
  });
});
