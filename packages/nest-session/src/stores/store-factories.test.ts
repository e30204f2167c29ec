import { describe, expect, test } from 'vitest';
import { SessionOptionError } from '../errors.js';
import { cookieStore } from './cookie-store.js';
import { redisStore } from './redis-store.js';

const url = 'redis://127.0.0.1';

describe('a store whose options mean nothing is refused where it is made', () => {
  test.each<[string, () => unknown, string]>([
    ['null', () => cookieStore(null as never), 'cookieStore options is null'],
    [
      'a misspelled name',
      () => cookieStore({ audiance: 'a' } as never),
      'cookieStore audiance is "string, not shown"',
    ],
    ['an audience', () => cookieStore({ audience: '' }), 'cookieStore audience is ""'],
    ['nothing', () => redisStore(undefined as never), 'redisStore options is undefined'],
    [
      'a misspelled name',
      () => redisStore({ url, prefx: 'a' } as never),
      'redisStore prefx is "string, not shown"',
    ],
    ['tls', () => redisStore({ url, tls: 'yes' as never }), 'redisStore tls is "yes"'],
    ['a time', () => redisStore({ url, timeoutMs: 1 }), 'redisStore timeoutMs is 1'],
    ['a url', () => redisStore({ url: 'http://u:p@h' }), 'redisStore url is "http://h"'],
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(SessionOptionError);
    expect(make).toThrow(message);
  });
});
