import { expect, test } from 'vitest';
import { loadRedis } from './load-redis.js';

test('without ioredis it is said what to install', async () => {
  const missing = Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' });
  await expect(loadRedis('RedisSessionStore', () => Promise.reject(missing))).rejects.toMatchObject(
    {
      message:
        'RedisSessionStore needs the package ioredis; install it beside @understudy/replication',
      cause: missing,
    },
  );
});

test('what is wrong with one that is there is not taken for its absence', async () => {
  const broken = new SyntaxError('x');
  await expect(loadRedis('RedisSessionStore', () => Promise.reject(broken))).rejects.toBe(broken);
});

test('one that is there is loaded', async () => {
  expect((await loadRedis('redisTier')).Redis).toBeTypeOf('function');
});
