import { expect, test } from 'vitest';
import { FieldNames, hasPrefix, isField } from './field-names.js';

const NAMES = new FieldNames(['te', 'upgrade', 'trailer']);

test.each(['te', 'TE', 'Upgrade', 'tRaIlEr'])('%s is one of them', (field) => {
  expect(NAMES.has(field)).toBe(true);
});

test.each(['', 't', 'tf', 'upgrades', 'upgrad', 'referer', '__proto__'])(
  '"%s" is none of them',
  (field) => {
    expect(NAMES.has(field)).toBe(false);
  },
);

test('one name is told from another of its length', () => {
  expect(isField('Host', 'host')).toBe(true);
  expect(isField('Hose', 'host')).toBe(false);
});

test.each([
  ['X-Forwarded-For', true],
  ['x-forwarded-', true],
  ['X-FORWARDED-anything', true],
  ['x-forwarded', false],
  ['X_Forwarded-For', false],
  ['', false],
])('"%s" begins with the prefix: %s', (field, expected) => {
  expect(hasPrefix(field, 'x-forwarded-')).toBe(expected);
});
