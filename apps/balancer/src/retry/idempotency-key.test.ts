import { expect, test } from 'vitest';
import { hasIdempotencyKey } from './idempotency-key.js';

test.each<[string, string[], boolean]>([
  ['quoted', ['Idempotency-Key', '"8e03978e"'], true],
  ['bare, any case', ['idempotency-KEY', '8e03978e'], true],
  ['255 characters', ['Idempotency-Key', 'k'.repeat(255)], true],
  ['256 characters', ['Idempotency-Key', 'k'.repeat(256)], false],
  ['empty', ['Idempotency-Key', ''], false],
  ['empty quotes', ['Idempotency-Key', '""'], false],
  ['one quote', ['Idempotency-Key', '"k'], false],
  ['a space inside', ['Idempotency-Key', 'a b'], false],
  ['twice', ['Idempotency-Key', 'a', 'Idempotency-Key', 'a'], false],
  ['another field', ['X-Idempotency-Key', 'a'], false],
  ['none', [], false],
])('a key that is %s', (_name, headers, expected) => {
  expect(hasIdempotencyKey(headers)).toBe(expected);
});
