import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operation } from '../../../test/wire/operations.js';
import { LimitError, SessionValueError } from '../../errors.js';
import { LIMITS } from '../limits.js';
import { applyOperations } from './apply.js';
import { assertOperations } from './assert-operations.js';
import { assertSessionValue } from './assert-value.js';
import type { Operation } from './operations.js';
import type { Path, SessionValue } from './values.js';

const set = (path: Path, value: SessionValue = 1): Operation => ({ kind: 'set', path, value });
const deep = (length: number): Path => ['data', ...Array.from({ length }, () => 'a')];
const invalid = (value: unknown) => value as SessionValue;

const REFUSED: readonly [string, Operation, RegExp][] = [
  ['no path', set([]), /not a place/],
  ['an area alone', set(['data']), /not a place/],
  ['another area', set(['other', 'a']), /not a place/],
  ['a forbidden name', set(['data', 'a', '__proto__']), /forbidden/],
  ['half of a character', set(['data', '\ud800']), /half/],
  ['half an index', set(['data', 'l', 0.5]), /index/],
  ['a path that is too deep', set(deep(LIMITS.valueDepth + 1)), /deeper/],
  ['a value that is too deep there', set(deep(LIMITS.valueDepth), {}), /deeper/],
  [
    'a value no session holds',
    set(
      ['data', 'a'],
      invalid(() => 1),
    ),
    /function/,
  ],
  [
    'an item no session holds',
    {
      kind: 'splice',
      path: ['data', 'l'],
      index: 0,
      deleteCount: 0,
      items: [invalid(Symbol('x'))],
    },
    /symbol/,
  ],
  ['an infinite step', { kind: 'increment', path: ['data', 'n'], by: 1 / 0 }, /Infinity/],
];

describe('operations', () => {
  it.each(REFUSED)('are refused with %s', (_name, refused, reason) => {
    expect(() => assertOperations([set(['data', 'a']), refused])).toThrow(SessionValueError);
    expect(() => assertOperations([refused])).toThrow(reason);
  });

  it('are refused when there are too many', () => {
    const many = Array.from({ length: LIMITS.operationsPerCommit + 1 }, () => set(['data', 'a']));
    expect(() => assertOperations(many)).toThrow(LimitError);
    expect(() => assertOperations(many.slice(1))).not.toThrow();
  });

  it('that pass leave a session that passes, whatever they are', () => {
    const nested = fc.tuple(fc.nat({ max: 64 }), operation).map(([depth, inner]) => {
      const [area = 'data', ...rest] = inner.path;
      return { ...inner, path: [area, ...Array.from({ length: depth }, () => 'a'), ...rest] };
    });
    fc.assert(
      fc.property(fc.array(nested, { maxLength: 6 }), (operations) => {
        const passing = operations.filter((each) => {
          try {
            assertOperations([each]);
            return true;
          } catch {
            return false;
          }
        });
        const { data, system } = applyOperations({ data: {}, system: {} }, passing);
        expect(() => assertSessionValue(data)).not.toThrow();
        expect(() => assertSessionValue(system)).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });
});
