import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type CommitResult,
  OptionError,
  type PrincipalStore,
  RedisSessionStore,
  type SessionObject,
  type SessionSnapshot,
  type SessionStore,
} from '../../src/index.js';
import { newKey, startCluster } from '../cluster/start-cluster.js';
import { REDIS_SERVER, type RunningRedis, startRedis } from '../tiers/redis-server.js';

const TIMES = { idleTimeoutMs: 60_000, absoluteTimeoutMs: 600_000 };
const outcome = new TextEncoder().encode('201');

let redis: RunningRedis;
beforeAll(async () => {
  if (REDIS_SERVER) redis = await startRedis();
});
afterAll(() => redis?.kill());

/** Two clients of the same sessions, as two processes have them. */
type Store = SessionStore & PrincipalStore;
const STORES: readonly (readonly [string, () => Promise<readonly [Store, Store]>])[] = [
  [
    'a cluster',
    async () => {
      const { nodes } = await startCluster(2);
      return nodes as unknown as readonly [Store, Store];
    },
  ],
  [
    'Redis',
    async () => [
      await RedisSessionStore.start({ url: redis.url }),
      await RedisSessionStore.start({ url: redis.url }),
    ],
  ],
];

describe.skipIf(!REDIS_SERVER).each(STORES)(
  'the contract of a SessionStore, kept by %s',
  (_, start) => {
    let stores: readonly [Store, Store];
    let one: Store;
    let other: Store;
    beforeEach(async () => {
      stores = await start();
      [one, other] = stores;
    });
    afterEach(async () => {
      await Promise.all(stores.map((store) => (store as RedisSessionStore).stop()));
    });

    async function created(data: SessionObject = {}): Promise<string> {
      const key = newKey();
      expect((await one.create({ key, data, system: {}, ...TIMES })).status).toBe('committed');
      return key;
    }
    async function opened(store: SessionStore, key: string): Promise<SessionSnapshot> {
      const result = await store.open(key);
      if (result.status !== 'found') throw new Error(result.status);
      return result.snapshot;
    }
    const set = (store: SessionStore, snapshot: SessionSnapshot, name: string, value: unknown) =>
      store.commit({
        key: snapshot.key,
        base: snapshot.version,
        snapshot,
        operations: [{ kind: 'set', path: ['data', name], value: value as never }],
      });

    test('every kind of value comes back equal', async () => {
      const data = {
        text: 'é',
        list: [1, null, { a: true }],
        when: new Date(1_700_000_000_000),
        map: new Map([['a', new Set([1n])]]),
        bytes: new Uint8Array([0, 255]),
        empty: {},
      };
      const snapshot = await opened(other, await created(data));
      expect(snapshot.document.data).toEqual(data);
      expect(snapshot.idleRemainingMs).toBeGreaterThan(59_000);
      expect(snapshot.idleRemainingMs).toBeLessThanOrEqual(60_000);
      expect(snapshot.absoluteRemainingMs).toBeGreaterThan(599_000);
    });

    test('parallel changes of different places are all kept, 50 of 50', async () => {
      for (let round = 0; round < 50; round++) {
        const key = await created({ list: [{ n: 0 }] });
        const [left, right] = await Promise.all([opened(one, key), opened(other, key)]);
        await Promise.all([set(one, left, 'left', 1), set(other, right, 'right', 2)]);
        const { data } = (await opened(one, key)).document;
        expect(data).toEqual({ list: [{ n: 0 }], left: 1, right: 2 });
      }
    });

    test('additions to a list all survive, and a change of an element finds it where it has moved', async () => {
      const key = await created({ list: [{ id: 'a' }, { id: 'b' }] });
      const [left, right] = await Promise.all([opened(one, key), opened(other, key)]);
      const splice = (index: number, id: string) =>
        ({
          kind: 'splice',
          path: ['data', 'list'],
          index,
          deleteCount: 0,
          items: [{ id }],
        }) as const;
      await one.commit({
        key,
        base: left.version,
        snapshot: left,
        operations: [splice(0, 'first')],
      });
      const operations = [
        { kind: 'set', path: ['data', 'list', 1, 'seen'], value: true },
        splice(2, 'last'),
      ] as const;
      const result = await other.commit({ key, base: right.version, snapshot: right, operations });
      const list = [{ id: 'first' }, { id: 'a' }, { id: 'b', seen: true }, { id: 'last' }];
      expect(result).toMatchObject({ status: 'committed', document: { data: { list } } });
      expect((await opened(one, key)).document.data).toEqual({ list });
    });

    test('40 increments at once are 40', async () => {
      const key = await created();
      const { version } = await opened(one, key);
      const increment = { kind: 'increment', path: ['data', 'n'], by: 1 } as const;
      await Promise.all(
        Array.from({ length: 40 }, (_, at) =>
          (at % 2 ? one : other).commit({ key, base: version, operations: [increment] }),
        ),
      );
      expect((await opened(other, key)).document.data).toEqual({ n: 40 });
    });

    test('of two exact commits on one version one wins, and the other learns what is there', async () => {
      const key = await created();
      const snapshot = await opened(one, key);
      const change = (store: SessionStore, value: number): Promise<CommitResult> =>
        store.commit({
          key,
          base: snapshot.version,
          expect: 'exact',
          operations: [{ kind: 'set', path: ['data', 'n'], value }],
        });
      const results = await Promise.all([change(one, 1), change(other, 2)]);
      expect(results.map(({ status }) => status).sort()).toEqual(['committed', 'conflict']);
      const lost = results.find(({ status }) => status === 'conflict');
      const { document } = await opened(one, key);
      expect(lost).toMatchObject({ snapshot: { document } });
    });

    test('an end is final: no change, no touch and no creation brings it back', async () => {
      const key = await created();
      const snapshot = await opened(other, key);
      await one.destroy(key, 'logout');
      expect(await set(other, snapshot, 'late', 1)).toEqual({ status: 'destroyed' });
      other.touch(key);
      const again = await other.create({ key, data: {}, system: {}, ...TIMES });
      expect(again.status).toBe('destroyed');
      expect(await other.open(key)).toEqual({ status: 'destroyed', reason: 'logout' });
      expect(await other.reserve(key, 'k', 'f')).toEqual({ status: 'destroyed' });
    });

    test('a key that nobody knows is unknown, and can be ended before it comes', async () => {
      const key = newKey();
      expect(await one.open(key)).toEqual({ status: 'unknown' });
      await one.destroy(key, 'revoked');
      expect((await other.create({ key, data: {}, system: {}, ...TIMES })).status).toBe(
        'destroyed',
      );
    });

    test('a rotated id answers for its successor for a while, and takes it along when it ends', async () => {
      const from = await created({ a: 1 });
      const stale = await opened(other, from);
      const to = newKey();
      const rotated = await one.rotate({
        from,
        to,
        base: stale.version,
        acrossLogin: false,
        operations: [{ kind: 'set', path: ['data', 'b'], value: 2 }],
      });
      expect(rotated).toMatchObject({ status: 'committed', document: { data: { a: 1, b: 2 } } });
      expect((await opened(other, from)).key).toBe(to);
      expect((await set(other, stale, 'c', 3)).status).toBe('committed');
      expect((await opened(one, to)).document.data).toEqual({ a: 1, b: 2, c: 3 });
      await one.destroy(from, 'logout');
      expect(await other.open(to)).toMatchObject({ status: 'destroyed' });
    });

    test('across a login the old id is dead at once, and both times begin anew', async () => {
      const from = await created({ a: 1 });
      const { version } = await opened(other, from);
      const to = newKey();
      await one.rotate({
        from,
        to,
        base: version,
        acrossLogin: true,
        operations: [],
        idleTimeoutMs: 100_000,
        absoluteTimeoutMs: 900_000,
      });
      expect((await other.open(from)).status).toBe('destroyed');
      const snapshot = await opened(other, to);
      expect(snapshot.idleRemainingMs).toBeGreaterThan(90_000);
      expect(snapshot.absoluteRemainingMs).toBeGreaterThan(890_000);
    });

    test('a key is run once: reserved, remembered with its change, given back when nothing came of it', async () => {
      const key = await created();
      expect(await one.reserve(key, 'order', 'f1')).toEqual({ status: 'reserved' });
      expect(await other.reserve(key, 'order', 'f2')).toEqual({
        status: 'in-progress',
        fingerprint: 'f1',
      });
      const snapshot = await opened(one, key);
      const journal = { key: 'order', fingerprint: 'f1', outcome };
      const operations = [{ kind: 'increment', path: ['data', 'orders'], by: 1 }] as const;
      const commit = (store: SessionStore) =>
        store.commit({ key, base: snapshot.version, operations, journal });
      expect((await commit(one)).status).toBe('committed');
      expect(await commit(other)).toMatchObject({
        status: 'replayed',
        entry: { fingerprint: 'f1' },
      });
      expect(await other.reserve(key, 'order', 'f1')).toEqual({
        status: 'replayed',
        entry: journal,
      });
      expect((await opened(other, key)).document.data).toEqual({ orders: 1 });

      expect(await one.reserve(key, 'second', 'f')).toEqual({ status: 'reserved' });
      one.release(key, 'second');
      await vi.waitFor(
        async () => expect(await other.reserve(key, 'second', 'f')).toEqual({ status: 'reserved' }),
        30_000,
      );
    });

    test('33 remembered outcomes are 32, the newest, and they move to the new id', async () => {
      const key = await created();
      for (let at = 0; at < 33; at++) {
        const { version } = await opened(one, key);
        const journal = { key: `k${at}`, fingerprint: 'f', outcome };
        await one.commit({ key, base: version, operations: [], journal });
      }
      const to = newKey();
      const { version } = await opened(one, key);
      await one.rotate({ from: key, to, base: version, operations: [], acrossLogin: true });
      expect(await other.reserve(to, 'k0', 'f')).toEqual({ status: 'reserved' });
      expect((await other.reserve(to, 'k1', 'f')).status).toBe('replayed');
      expect((await other.reserve(to, 'k32', 'f')).status).toBe('replayed');
    });

    test('a session nobody uses expires and is known to have; a touch keeps it', async () => {
      const times = { idleTimeoutMs: 700, absoluteTimeoutMs: 600_000 };
      const [idle, used] = [newKey(), newKey()];
      await one.create({ key: idle, data: {}, system: {}, ...times });
      await one.create({ key: used, data: {}, system: {}, ...times });
      const touching = setInterval(() => other.touch(used), 100);
      await vi.waitFor(
        async () =>
          expect(await one.open(idle)).toEqual({ status: 'destroyed', reason: 'expired' }),
        30_000,
      );
      expect((await one.open(used)).status).toBe('found');
      clearInterval(touching);
    });

    test('no touch moves the absolute end', async () => {
      const key = newKey();
      const times = { idleTimeoutMs: 60_000, absoluteTimeoutMs: 500 };
      await one.create({ key, data: {}, system: {}, ...times });
      other.touch(key);
      expect((await opened(one, key)).absoluteRemainingMs).toBeLessThanOrEqual(500);
      await vi.waitFor(async () => expect((await one.open(key)).status).toBe('destroyed'), 30_000);
    });

    test('a client that has seen more than there is learns what was lost', async () => {
      const key = await created();
      const seen = { epoch: 1, seq: 99 };
      const result = await other.open(key, { seen }).catch((error: Error) => error);
      if (result instanceof Error)
        expect(result).toMatchObject({ code: 'ERR_SESSION_UNAVAILABLE' });
      else expect(result).toMatchObject({ lostRevisions: { seen } });
    });

    test('a limit is exact over both, and what is given back can be used again', async () => {
      const scope = { kind: 'shared', id: randomBytes(8).toString('hex') } as const;
      const policy = { name: 'p', intervalMs: 60_000, burst: 5 };
      const decide = (store: SessionStore, cost?: number) => store.consume({ scope, policy, cost });
      const decisions = await Promise.all(
        Array.from({ length: 20 }, (_, at) => decide(at % 2 ? one : other)),
      );
      expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(5);
      const refused = decisions.find(({ allowed }) => !allowed);
      expect(refused?.remaining).toBe(0);
      expect(refused?.retryAfterMs).toBeGreaterThan(50_000);
      await decide(one, -2);
      expect((await decide(other, 0)).remaining).toBe(2);
      expect((await decide(other)).remaining).toBe(1);
    });

    const login = async (store: Store, principal: string, more = {}) => {
      const [session, handle] = [newKey(), newKey()];
      const facts = { principal, session, handle, absoluteTimeoutMs: 600_000, createdMs: 1000 };
      const place = await store.enlist({ ...facts, ...more });
      if (place.status !== 'enlisted') return { place, session, handle, status: place.status };
      const { standing } = place;
      const made = await store.create({ key: session, data: {}, system: {}, ...TIMES, standing });
      return { place, session, handle, status: made.status };
    };
    const alive = async (keys: readonly string[]) => {
      const results = await Promise.all(keys.map((key) => one.open(key)));
      return results.filter(({ status }) => status === 'found').length;
    };

    test('a limit of sessions is exact, however many sign in at once', async () => {
      const who = newKey();
      const logins = await Promise.all(
        Array.from({ length: 12 }, (_, at) => login(at % 2 ? one : other, who, { limit: 3 })),
      );
      expect(await alive(logins.map(({ session }) => session))).toBe(3);
      const { sessions } = await other.listSessions(who);
      expect(sessions).toHaveLength(3);
      const full = await login(one, who, { limit: 3, policy: 'reject' });
      expect(full.place).toEqual({ status: 'full', sessions: 3 });
    });

    test('the oldest makes room, and is told', async () => {
      const who = newKey();
      const first = await login(one, who, { limit: 1 });
      const second = await login(other, who, { limit: 1 });
      const evicted = [{ handle: first.handle, session: first.session }];
      expect(second.place).toMatchObject({ status: 'enlisted', evicted });
      expect(await one.open(first.session)).toEqual({ status: 'destroyed', reason: 'evicted' });
    });

    test('sessions of a principal are listed with their facts and ended: one, the others, all', async () => {
      const who = newKey();
      const device = new Uint8Array([1, 2]);
      const a = await login(one, who, { device, createdMs: 1 });
      const b = await login(one, who, { device, createdMs: 2 });
      const c = await login(one, who, { device, createdMs: 3 });
      const { sessions } = await other.listSessions(who);
      expect(sessions.map(({ handle }) => handle)).toEqual([a.handle, b.handle, c.handle]);
      expect(sessions[1]).toMatchObject({ session: b.session, createdMs: 2, device });
      expect((await other.revokeOne(who, a.handle)).ended).toEqual([
        { handle: a.handle, session: a.session },
      ]);
      await other.revokeOthers(who, b.handle);
      expect(await alive([a.session, c.session])).toBe(0);
      expect(await alive([b.session])).toBe(1);
      expect((await one.revokeAll(who)).generation).toBe(2);
      expect(await one.open(b.session)).toEqual({ status: 'destroyed', reason: 'revoked' });
      expect((await one.listSessions(who)).sessions).toEqual([]);
    });

    test('a login that was on its way while all were revoked comes to nothing', async () => {
      const who = newKey();
      const [session, handle] = [newKey(), newKey()];
      const facts = { absoluteTimeoutMs: 600_000, createdMs: 0 };
      const place = await one.enlist({ principal: who, session, handle, ...facts });
      await other.revokeAll(who);
      const standing = place.status === 'enlisted' ? place.standing : undefined;
      const made = await one.create({ key: session, data: {}, system: {}, ...TIMES, standing });
      expect(made.status).toBe('destroyed');
    });

    test('a place goes with the session to its new id, and can be given back', async () => {
      const who = newKey();
      const { session, handle } = await login(one, who);
      const to = newKey();
      const { version } = await opened(one, session);
      await one.rotate({ from: session, to, base: version, operations: [], acrossLogin: false });
      const facts = { absoluteTimeoutMs: 600_000, createdMs: 0 };
      await one.enlist({ principal: who, session: to, handle, ...facts });
      expect((await other.listSessions(who)).sessions).toMatchObject([{ handle, session: to }]);
      await other.delist(who, handle);
      expect((await one.listSessions(who)).sessions).toEqual([]);
      expect(await alive([to])).toBe(1);
    });

    test.each([
      ['a key that is none', () => one.open('short')],
      [
        'a time that is none',
        () => one.create({ ...TIMES, key: newKey(), data: {}, system: {}, idleTimeoutMs: 0 }),
      ],
      [
        'a value that is none',
        () => one.create({ ...TIMES, key: newKey(), data: { f: (() => {}) as never }, system: {} }),
      ],
    ])('%s is refused before anything happens', async (_name, call) => {
      await expect(call()).rejects.toMatchObject({ code: expect.stringMatching(/OPTION|VALUE/) });
    });
  },
);

describe.skipIf(!REDIS_SERVER)('a Redis that is away', () => {
  test('refuses, says what is not known, and serves when it is back', async () => {
    const server = await startRedis();
    const store = await RedisSessionStore.start({ url: server.url, timeoutMs: 500 });
    const key = newKey();
    await store.create({ key, data: {}, system: {}, ...TIMES });
    await server.kill();
    await vi.waitFor(() => expect(store.connected).toBe(false), 30_000);
    const unavailable = { code: 'ERR_SESSION_UNAVAILABLE' };
    await expect(store.open(key)).rejects.toMatchObject(unavailable);
    await expect(
      store.commit({ key, base: { epoch: 1, seq: 1 }, operations: [] }),
    ).rejects.toMatchObject(unavailable);
    await expect(store.destroy(key, 'logout')).rejects.toMatchObject(unavailable);
    store.touch(key);
    store.release(key, 'k');
    const back = await startRedis({ port: server.port });
    await vi.waitFor(() => expect(store.connected).toBe(true), 30_000);
    expect(await store.open(key)).toEqual({ status: 'unknown' });
    await store.stop();
    await back.kill();
  });

  test('at the start is waited for by the calls, not by the start', async () => {
    const store = await RedisSessionStore.start({ url: 'redis://127.0.0.1:1', timeoutMs: 50 });
    await expect(store.open(newKey())).rejects.toMatchObject({ code: 'ERR_SESSION_UNAVAILABLE' });
    await store.stop();
  });

  test.each([
    [{ url: 'http://x' }, 'url'],
    [{ url: 'redis://127.0.0.1', prefix: '' }, 'prefix'],
    [{ url: 'redis://127.0.0.1', timeoutMs: 1 }, 'timeoutMs'],
  ])('refuses an option that means nothing (%j)', async (options, option) => {
    await expect(RedisSessionStore.start(options)).rejects.toThrow(OptionError);
    await expect(RedisSessionStore.start(options)).rejects.toThrow(option);
  });
});

test.skipIf(!REDIS_SERVER)(
  'a session whose layout is not known is unknown, is never overwritten, and can be ended',
  async () => {
    const store = await RedisSessionStore.start({ url: redis.url, prefix: 'rolled-back:' });
    const client = new Redis(redis.url);
    const key = newKey();
    await store.create({ key, data: { a: 1 }, system: {}, ...TIMES });
    const opened = await store.open(key);
    const snapshot = opened.status === 'found' ? opened.snapshot : undefined;
    const newer = Buffer.from([2, 1, 2, 3]);
    await client.hset(`rolled-back:{${key}}`, { v: newer, s: '7' });
    expect(await store.open(key)).toEqual({ status: 'unknown' });
    const unavailable = { code: 'ERR_SESSION_UNAVAILABLE', message: /layout 2/ };
    const base = { epoch: 1, seq: 1 };
    const operations = [{ kind: 'set', path: ['data', 'a'], value: 2 }] as const;
    const change = store.commit({ key, base, snapshot, operations });
    await expect(change).rejects.toMatchObject({ code: unavailable.code });
    await expect(
      store.rotate({ from: key, to: newKey(), base, operations, acrossLogin: true }),
    ).rejects.toThrow(unavailable.message);
    await expect(store.create({ key, data: {}, system: {}, ...TIMES })).rejects.toMatchObject({
      code: unavailable.code,
    });
    expect(await client.hgetBuffer(`rolled-back:{${key}}`, 'v')).toEqual(newer);
    await store.destroy(key, 'logout');
    expect(await store.open(key)).toEqual({ status: 'destroyed', reason: 'logout' });
    client.disconnect();
    await store.stop();
  },
);

test.skipIf(!REDIS_SERVER)(
  'an end is told once, by one of those that bring it about, under the key the session had then',
  async () => {
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => RedisSessionStore.start({ url: redis.url })),
    );
    const [first] = stores as [RedisSessionStore];
    const told: [string, string][] = [];
    for (const store of stores) store.onEnded((key, reason) => told.push([key, reason]));
    const key = newKey();
    await first.create({ key, data: {}, system: {}, ...TIMES });
    const to = newKey();
    const base = { epoch: 1, seq: 1 };
    await first.rotate({ from: key, to, base, operations: [], acrossLogin: false });
    expect(told).toEqual([]);
    await Promise.all(stores.map((store) => store.destroy(key, 'stolen')));
    await first.destroy(newKey(), 'nobody');
    expect(told).toEqual([[to, 'stolen']]);
    await Promise.all(stores.map((store) => store.stop()));
  },
);
