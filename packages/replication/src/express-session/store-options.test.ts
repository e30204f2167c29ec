import { describe, expect, test } from 'vitest';
import { OptionError } from '../errors.js';
import { storeOptions } from './store-options.js';

const DAY_MS = 24 * 60 * 60_000;

describe('options of ClusterStore', () => {
  test.each<[unknown, string]>([
    [null, 'option options is null, expected an object with idleTimeoutMs'],
    [5, 'option options is 5, expected an object'],
    [{ idleTimeout: 5 }, 'option idleTimeout is 5, expected one of idleTimeoutMs'],
    [{ idleTimeoutMs: '5' }, 'option idleTimeoutMs is "5", expected a finite number'],
    [{ idleTimeoutMs: 31 * DAY_MS }, 'expected at most absoluteTimeoutMs, 2592000000'],
    [{ idleTimeoutMs: 9, absoluteTimeoutMs: 8 }, 'option idleTimeoutMs is 9, expected at most'],
    [{ durability: 'most' }, 'option durability is "most", expected'],
  ])('%j is refused: %s', (options, message) => {
    expect(() => storeOptions(options as never)).toThrow(OptionError);
    expect(() => storeOptions(options as never)).toThrow(message);
  });

  test('without idleTimeoutMs it is a day, or all that there is', () => {
    expect(storeOptions({}).idleTimeoutMs).toBe(DAY_MS);
    expect(storeOptions({ absoluteTimeoutMs: 1000 }).idleTimeoutMs).toBe(1000);
  });
});
