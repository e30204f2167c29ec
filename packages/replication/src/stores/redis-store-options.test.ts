import { describe, expect, test } from 'vitest';
import { OptionError } from '../errors.js';
import { redisStoreOptions } from './redis-store-options.js';

const url = 'redis://127.0.0.1';

describe('options of RedisSessionStore', () => {
  test.each<[unknown, string]>([
    [undefined, 'option options is undefined, expected an object with url'],
    [null, 'option options is null'],
    [{}, 'option url is undefined, expected redis://host:port'],
    [{ url: 6379 }, 'option url is 6379'],
    [{ url: 'http://10.0.0.9:1/x' }, 'option url is "http://10.0.0.9:1", expected redis://'],
    [{ url, prefx: 'a:' }, 'option prefx is "string, not shown", expected one of url, prefix'],
    [{ url, password: 's3cret' }, 'option password is "string, not shown"'],
    [{ url, prefix: '' }, 'option prefix is "", expected text of 1 to 64'],
    [{ url, tls: 'yes' }, 'option tls is "yes", expected an object'],
    [{ url, tls: true }, 'option tls is true, expected an object'],
    [{ url, timeoutMs: 1 }, 'option timeoutMs is 1'],
    [{ url, logger: {} }, 'option logger'],
  ])('%j is refused: %s', (options, message) => {
    expect(() => redisStoreOptions(options as never)).toThrow(OptionError);
    expect(() => redisStoreOptions(options as never)).toThrow(message);
  });

  test.each([
    'http://ada:s3cret@10.0.0.9',
    's3cret',
    'redis:s3cret',
    'redis://ada:pa/s3cret@10.0.0.9',
    'redis://ada/s3cret@10.0.0.9',
    'redis://:s3cret?@10.0.0.9',
  ])('no part of a password is shown (%#)', (bad) => {
    const error = (() => {
      try {
        return redisStoreOptions({ url: bad });
      } catch (refused) {
        return refused;
      }
    })();
    expect(error).toBeInstanceOf(OptionError);
    expect(`${(error as Error).message} ${(error as OptionError).value}`).not.toMatch(/s3cret|ada/);
  });

  test.each(['redis://ada:s%2F3@h:1/0', 'rediss://h?family=6', 'redis://:p@h'])(
    '%s is one',
    (good) => {
      expect(redisStoreOptions({ url: good })).toMatchObject({ url: good, timeoutMs: 1000 });
    },
  );
});
