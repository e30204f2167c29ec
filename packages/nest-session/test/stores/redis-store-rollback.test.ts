import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisStore, type SessionEvent, SessionEvents, SessionService } from '../../src/index.js';
import { hasRedis, type RunningRedis, startRedis } from '../support/redis-server.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, LogKeeper, startApp } from '../support/start-app.js';

const SECRET = 'a secret that all processes of the test share';
const NEWER_LAYOUT = 2;

describe.skipIf(!hasRedis).each(ADAPTERS)(
  'sessions that a newer version has written, on %s',
  (adapter) => {
    let redis: RunningRedis;
    let client: Redis;
    beforeAll(async () => {
      redis = await startRedis();
      client = new Redis(redis.url);
    });
    afterAll(async () => {
      client.disconnect();
      await redis.kill();
    });

    async function start() {
      const logs = new LogKeeper();
      const app = await startApp({
        adapter,
        controllers: [shopController()],
        logs,
        options: { secret: SECRET, store: redisStore({ url: redis.url }) },
      });
      const told: SessionEvent[] = [];
      app.app.get(SessionEvents).stream.subscribe((event) => told.push(event));
      return { ...app, logs, told };
    }
    const recordOf = (session: string) => `understudy-store:{${session}}`;
    async function writeAsNewer(session: string): Promise<Buffer> {
      const bytes = (await client.hgetBuffer(recordOf(session), 'v')) as Buffer;
      bytes[0] = NEWER_LAYOUT;
      await client.hset(recordOf(session), 'v', bytes);
      return bytes;
    }

    test('are lost for this one, told as an event and one line without an id, and stay as they are', async () => {
      const app = await start();
      const browser = app.browser();
      await browser.post('/cart/tea');
      const { session } = app.told.find(({ kind }) => kind === 'created') as { session: string };
      const bytes = await writeAsNewer(session);
      const rolledBack = browser.at(app.url);
      for (let time = 0; time < 2; time++) {
        expect(await rolledBack.json('/cart')).toMatchObject({ items: [] });
      }
      expect(app.told).toContainEqual({ kind: 'lost', session });
      expect(await client.hgetBuffer(recordOf(session), 'v')).toEqual(bytes);
      const lines = app.logs.lines.filter((line) => line.includes('cannot be read'));
      expect(lines).toEqual([expect.stringMatching(/^error .*layout 2/)]);
      expect(app.logs.text).not.toContain(session.slice(0, 10));

      expect((await rolledBack.post('/cart/milk')).status).toBe(200);
      bytes[0] = 1;
      await client.hset(recordOf(session), 'v', bytes);
      expect(await browser.json('/cart')).toMatchObject({ items: ['tea'] });
      await app.close();
    });

    test('are over when their user signs out, whoever could read them again', async () => {
      const app = await start();
      const browser = app.browser();
      await browser.post('/cart/tea');
      const { session } = app.told.find(({ kind }) => kind === 'created') as { session: string };
      const bytes = await writeAsNewer(session);
      const copied = browser.at(app.url);
      expect((await browser.post('/logout')).status).toBe(204);
      expect(browser.cookies.has('sid')).toBe(false);
      expect(await client.exists(recordOf(session))).toBe(0);
      bytes[0] = 1;
      expect(await copied.json('/cart')).toMatchObject({ items: [] });
      await app.close();
    });

    test('can be listed and ended without being read', async () => {
      const app = await start();
      const browser = app.browser();
      await browser.post('/login', { id: `ada-${adapter}`, roles: [] });
      const service = app.app.get(SessionService);
      const [listed] = await service.list(`ada-${adapter}`);
      const { session } = listed as { session: string };
      await writeAsNewer(session);
      expect(await service.list(`ada-${adapter}`)).toMatchObject([{ session }]);
      await service.revoke(session, 'stolen');
      expect(await client.exists(recordOf(session))).toBe(0);
      expect(app.told).toContainEqual({ kind: 'ended', session, reason: 'stolen' });
      expect((await browser.fetch('/me')).status).toBe(401);
      await app.close();
    });
  },
);
