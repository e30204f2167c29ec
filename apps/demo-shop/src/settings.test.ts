import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.js';

const SECRET = 's'.repeat(32);

describe('the settings of a shop', () => {
  it('have a default for everything', () => {
    expect(readSettings({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      nodeId: 'n1',
      bus: undefined,
      redisUrl: undefined,
      redisMode: 'write-behind',
      clusterName: 'shop',
      secrets: undefined,
      databasePath: '.understudy/shop.db',
      adapter: 'express',
      publicUrl: undefined,
      trustedProxies: 'loopback',
      journalPath: undefined,
      warmUpRounds: 30,
      ignoreInterrupt: false,
    });
  });

  it('read lists, newest secret first', () => {
    const settings = readSettings({
      UNDERSTUDY_BUS: 'nats://127.0.0.1:4222, tls://bus.example:4222',
      UNDERSTUDY_SECRET: `${SECRET}2,${SECRET}1`,
    });
    expect(settings.bus).toEqual(['nats://127.0.0.1:4222', 'tls://bus.example:4222']);
    expect(settings.secrets).toEqual([`${SECRET}2`, `${SECRET}1`]);
  });

  it('take an empty variable as absent', () => {
    expect(readSettings({ PORT: '', UNDERSTUDY_BUS: ' ' })).toEqual(readSettings({}));
  });

  it('keep only the origin of the public URL', () => {
    expect(readSettings({ SHOP_URL: 'http://shop.example:81/a?b' }).publicUrl).toBe(
      'http://shop.example:81',
    );
  });

  it.each<[Record<string, string>, string]>([
    [{ PORT: '70000' }, 'PORT is "70000", expected a port from 0 (any free one) to 65535'],
    [{ PORT: '3e3' }, 'PORT is "3e3"'],
    [{ SHOP_ADAPTER: 'koa' }, 'SHOP_ADAPTER is "koa", expected express or fastify'],
    [{ NODE_ID: 'n 1' }, 'NODE_ID is "n 1"'],
    [{ SHOP_WARM_UP: '1001' }, 'SHOP_WARM_UP is "1001", expected a whole number from 0 to 1000'],
    [{ SHOP_WARM_UP: '-1' }, 'SHOP_WARM_UP is "-1"'],
    [{ SHOP_URL: 'shop' }, 'SHOP_URL is "shop", expected a URL'],
    [{ UNDERSTUDY_IGNORE_SIGINT: 'yes' }, 'UNDERSTUDY_IGNORE_SIGINT is "yes"'],
    [
      { UNDERSTUDY_REDIS: 'http://x' },
      'UNDERSTUDY_REDIS is "http://x", expected a URL such as redis',
    ],
    [
      { UNDERSTUDY_REDIS: 'redis://x' },
      'UNDERSTUDY_SECRET is not set, expected a secret, or nobody',
    ],
    [{ UNDERSTUDY_BUS: 'http://x' }, 'UNDERSTUDY_BUS is "http://x", expected URLs such as nats://'],
    [{ UNDERSTUDY_BUS: 'nats://x' }, 'UNDERSTUDY_SECRET is not set, expected the same secret'],
    [{ NODE_ENV: 'production' }, 'UNDERSTUDY_SECRET is not set, expected a secret'],
    [{ NODE_ENV: 'production' }, 'make one with: node -p'],
    [{ SHOP_TRUSTED_PROXIES: '*' }, 'SHOP_TRUSTED_PROXIES is "*"'],
    [{ UNDERSTUDY_CLUSTER: 'a.b' }, 'UNDERSTUDY_CLUSTER is "a.b"'],
  ])('refuse %j', (environment, message) => {
    expect(() => readSettings(environment)).toThrow(message);
  });

  it('never show the password of a bus', () => {
    const read = () => readSettings({ UNDERSTUDY_BUS: 'http://shop:hunter2@bus' });
    expect(read).toThrow('UNDERSTUDY_BUS is "http://…@bus"');
  });

  it.each(['hunter2', `${SECRET},hunter2`, `${SECRET},,hunter2`])(
    'never show a secret that is refused (%#)',
    (secret) => {
      const read = () => readSettings({ UNDERSTUDY_SECRET: secret });
      expect(read).toThrow('UNDERSTUDY_SECRET');
      expect(read).not.toThrow('hunter2');
    },
  );
});
