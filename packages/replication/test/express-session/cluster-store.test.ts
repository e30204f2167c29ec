import session, { type SessionData } from 'express-session';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ClusterStore } from '../../src/express-session/index.js';
import { OptionError, type SessionCluster } from '../../src/index.js';
import { startCluster, type TestCluster } from '../cluster/start-cluster.js';
import { type RunningApp, startExpressApp, startFastifyApp, Visitor } from './apps.js';
import { Gate } from './gate.js';
import { keptBoth, revived } from './races.js';

const SIZES = [
  ['one node', 1],
  ['three nodes', 3],
] as const;

describe.each(SIZES)('stock express-session on %s', (_name, count) => {
  let cluster: TestCluster;
  let apps: RunningApp[];
  let one: RunningApp;
  let other: RunningApp;
  const gate = new Gate(2);
  const dropped: string[] = [];

  beforeAll(async () => {
    cluster = await startCluster(count);
    apps = await Promise.all(
      cluster.nodes.map((node) => {
        const store = new ClusterStore(node);
        store.on('dropped', (key) => dropped.push(key));
        return startExpressApp(store, gate);
      }),
    );
    one = apps[0] as RunningApp;
    other = apps.at(-1) as RunningApp;
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await cluster.close();
  });

  test('parallel writers of different keys keep both, 50 of 50', async () => {
    expect(await keptBoth(50, one, other)).toBe(50);
  });

  test('a logout is not undone by a request that was writing, 0 of 20, and that is told', async () => {
    dropped.length = 0;
    expect(await revived(20, gate, one, other, '/write/late?held')).toBe(0);
    expect(dropped).toHaveLength(20);
  });

  test('a logout is not undone by a request that was reading, 0 of 20', async () => {
    expect(await revived(20, gate, one, other, '/read?held')).toBe(0);
  });

  test('a session is regenerated: the old id is dead and the redirect finds the new one', async () => {
    const visitor = new Visitor();
    await visitor.get(one, '/write/cart');
    const old = visitor.tab();
    const login = await visitor.get(one, '/login');
    expect(login.status).toBe(302);
    expect(await visitor.json(other, '/read')).toEqual({ user: 'ada' });
    expect(await old.json(other, '/read')).toEqual({});
  });

  test('what is saved twice at once is added once', async () => {
    const visitor = new Visitor();
    await visitor.get(one, '/push/tea');
    await visitor.get(other, '/push/milk');
    await visitor.get(one, '/push/bread');
    const { list } = await visitor.json(other, '/read');
    expect(list).toEqual(['tea', 'milk', 'bread']);
  });

  test('reload shows what another request stored, and is still a base to merge on', async () => {
    const visitor = new Visitor();
    await visitor.get(one, '/write/a');
    expect(await visitor.json(other, '/reload')).toEqual({ a: true });
  });

  test('an id that nobody stored is not adopted', async () => {
    const visitor = new Visitor();
    await visitor.get(one, '/write/a');
    const stale = visitor.cookie;
    await visitor.get(one, '/logout');
    await visitor.get(one, '/write/b');
    expect(visitor.cookie).not.toBe(stale);
  });
});

test('three nodes: all, length and clear speak of what each node leads', async () => {
  const cluster = await startCluster(3);
  try {
    const stores = cluster.nodes.map((node) => new ClusterStore(node));
    for (let at = 0; at < 12; at++) {
      await call((done) => storeAt(stores, at).set(`s${at}`, dataOf({ at }), done));
    }
    // Other things live in the same cluster.
    const [node] = cluster.nodes as [SessionCluster];
    const policy = { name: 'p', intervalMs: 1000, burst: 5 };
    await node.consume({ scope: { kind: 'shared', id: '10.0.0.1' }, policy });
    const all = await Promise.all(
      stores.map((store) => call<SessionData[]>((done) => store.all(done as never))),
    );
    const lengths = await Promise.all(
      stores.map((store) => call<number>((done) => store.length(done))),
    );
    expect(all.map((list) => list.length)).toEqual(lengths);
    const ats = all.flat().map((data) => (data as unknown as { at: number }).at);
    expect(ats.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, at) => at));

    await call((done) => storeAt(stores, 0).clear(done));
    expect(await call((done) => storeAt(stores, 0).length(done))).toBe(0);
    expect(await call((done) => storeAt(stores, 1).length(done))).toBe(lengths[1]);
    await Promise.all(stores.map((store) => call((done) => store.clear(done))));
    for (let at = 0; at < 12; at++) {
      expect(await call((done) => storeAt(stores, 0).get(`s${at}`, done as never))).toBe(null);
    }
  } finally {
    await cluster.close();
  }
});

describe('time', () => {
  let cluster: TestCluster;
  let store: ClusterStore;
  let app: RunningApp;
  beforeAll(async () => {
    cluster = await startCluster(1);
    store = new ClusterStore(cluster.nodes[0] as SessionCluster);
    app = await startExpressApp(store, new Gate(2), { maxAge: 60_000 });
  });
  afterAll(async () => {
    await app.close();
    await cluster.close();
  });

  const remaining = async (sid: string) => {
    const opened = await (cluster.nodes[0] as SessionCluster).open(store.keyOf(sid));
    return opened.status === 'found' ? opened.snapshot.idleRemainingMs : undefined;
  };

  test('is kept in milliseconds', async () => {
    const startedMs = performance.now();
    await call((done) => store.set('ms', dataOf({}, 3234), done));
    const left = (await remaining('ms')) as number;
    expect(left).toBeLessThanOrEqual(3234);
    expect(left).toBeGreaterThanOrEqual(3233 - (performance.now() - startedMs));
    await vi.waitFor(async () => expect(await remaining('ms')).toBeUndefined(), 30_000);
    expect(await call((done) => store.get('ms', done as never))).toBe(null);
  });

  test('is the same in the cookie as in the cluster', async () => {
    await call((done) => store.set('same', dataOf({}, 90_000), done));
    const startedMs = Date.now();
    const found = await call<SessionData>((done) => store.get('same', done as never));
    const left = (await remaining('same')) as number;
    const nowMs = Date.now();
    const apart = Math.abs(Number(found.cookie.expires) - nowMs - left);
    expect(apart).toBeLessThanOrEqual(nowMs - startedMs + 5);
    expect(found.cookie.originalMaxAge).toBe(90_000);
  });

  test('follows a maxAge that a handler sets without changing anything else', async () => {
    const visitor = new Visitor();
    await visitor.get(app, '/write/a');
    const sid = decodeURIComponent(visitor.cookie ?? '')
      .replace(/^connect\.sid=s:/, '')
      .split('.')[0];
    expect(await remaining(sid as string)).toBeGreaterThan(50_000);
    await visitor.tab().get(app, '/max-age/5000');
    expect(await remaining(sid as string)).toBeLessThanOrEqual(5000);
    const cookie = await visitor.tab().json(app, '/cookie');
    expect(cookie.originalMaxAge).toBe(5000);
    expect(await visitor.tab().json(app, '/read')).toEqual({ a: true });
  });

  test('that is over ends a session and makes none', async () => {
    await call((done) => store.set('over', dataOf({}, -1), done));
    expect(await call((done) => store.get('over', done as never))).toBe(null);
    await call((done) => store.set('live', dataOf({}, 60_000), done));
    await call((done) => store.touch('live', dataOf({}, 0), done));
    expect(await call((done) => store.get('live', done as never))).toBe(null);
  });

  test('without maxAge is idleTimeoutMs', async () => {
    await call((done) => store.set('plain', { cookie: { originalMaxAge: null } }, done));
    expect(await remaining('plain')).toBeGreaterThan(86_000_000);
    const found = await call<SessionData>((done) => store.get('plain', done as never));
    expect(found.cookie.expires).toBe(null);
  });
});

describe('a store without a middleware', () => {
  let cluster: TestCluster;
  let store: ClusterStore;
  beforeAll(async () => {
    cluster = await startCluster(1);
    store = new ClusterStore(cluster.nodes[0] as SessionCluster);
  });
  afterAll(() => cluster.close());

  test('gives everyone a session of their own', async () => {
    await call((done) => store.set('own', dataOf({ cart: ['tea'] }), done));
    const mine = await call<{ cart: string[] }>((done) => store.get('own', done as never));
    mine.cart.push('milk');
    expect(await call((done) => store.get('own', done as never))).toMatchObject({ cart: ['tea'] });
  });

  test('a value that JSON cannot hold is an error in the callback, and nothing is stored', async () => {
    await call((done) => store.set('json', dataOf({ count: 1 }), done));
    const set = call((done) => store.set('json', dataOf({ count: 1n }), done));
    await expect(set).rejects.toThrow(TypeError);
    expect(await call((done) => store.get('json', done as never))).toMatchObject({ count: 1 });
  });

  test('2,000 properties can begin a session, and as a change are an error that stored nothing', async () => {
    const many = (value: number) =>
      dataOf(Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`key${at}`, value])));
    await call((done) => store.set('many', many(1), done));
    const set = call((done) => store.set('many', many(2), done));
    await expect(set).rejects.toMatchObject({
      code: 'ERR_LIMIT',
      message: 'number of properties changed at once is 2000, at most 1024 allowed',
    });
    const found = await call((done) => store.get('many', done as never));
    expect(found).toMatchObject({ key0: 1, key1999: 1 });
  });

  test('load makes a session that can be saved, and knows nothing of ids that are not there', async () => {
    await call((done) => store.set('loaded', dataOf({ a: 1 }), done));
    const loaded = await call<session.Session & { b?: number }>((done) =>
      store.load('loaded', done),
    );
    loaded.b = 2;
    await call((done) => loaded.save(done));
    expect(await call((done) => store.get('loaded', done as never))).toMatchObject({ a: 1, b: 2 });
    expect(await call((done) => store.load('nobody', done))).toBeUndefined();
  });

  test('a session that was loaded and that nobody knows any more is not made again', async () => {
    const clusters = await Promise.all([startCluster(1), startCluster(1)]);
    const [before, after] = clusters.map(({ nodes }) => nodes[0] as SessionCluster);
    let current = before as SessionCluster;
    const handler = { get: (_: object, name: keyof SessionCluster) => bound(current, name) };
    const surviving = new ClusterStore(new Proxy({} as SessionCluster, handler as never));
    await call((done) => surviving.set('gone', dataOf({}), done));
    const loaded = await call<session.Session>((done) => surviving.load('gone', done));
    current = after as SessionCluster;
    Object.assign(loaded, { b: 2 });
    await call((done) => loaded.save(done));
    expect(await call((done) => surviving.get('gone', done as never))).toBe(null);
    await Promise.all(clusters.map((each) => each.close()));
  });

  test('a session that was loaded and has ended is not made again', async () => {
    await call((done) => store.set('gone', dataOf({}, 60_000), done));
    const loaded = await call<session.Session & { b?: number }>((done) => store.load('gone', done));
    await call((done) => store.destroy('gone', done));
    loaded.b = 2;
    await call((done) => loaded.save(done));
    expect(await call((done) => store.get('gone', done as never))).toBe(null);
  });

  test('one Store does not find what another session layer has under the same id', async () => {
    const node = cluster.nodes[0] as SessionCluster;
    const times = { idleTimeoutMs: 60_000, absoluteTimeoutMs: 60_000 };
    await node.create({ key: store.keyOf('foreign'), data: { a: 1 }, system: {}, ...times });
    expect(await call((done) => store.get('foreign', done as never))).toBe(null);
  });

  test.each([
    [() => new ClusterStore({} as never), 'cluster'],
    [() => new ClusterStore(cluster.nodes[0] as never, { idleTimeoutMs: 0 }), 'idleTimeoutMs'],
    [
      () => new ClusterStore(cluster.nodes[0] as never, { absoluteTimeoutMs: Number.NaN }),
      'absoluteTimeoutMs',
    ],
    [() => new ClusterStore(cluster.nodes[0] as never, { durability: 'x' as never }), 'durability'],
  ])('refuses an option that means nothing (%#)', (make, option) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(option);
  });

  test('a cluster that has stopped is an error in the callback', async () => {
    const stopped = await startCluster(1);
    const late = new ClusterStore(stopped.nodes[0] as SessionCluster);
    await stopped.close();
    const got = call((done) => late.get('a', done as never));
    await expect(got).rejects.toMatchObject({ code: 'ERR_CLUSTER_STOPPED' });
  });
});

describe.each(SIZES)('stock @fastify/session on %s', (_name, count) => {
  test('a logout is not undone by a request in flight, reading or writing', async () => {
    const cluster = await startCluster(count);
    const gate = new Gate(2);
    const apps = await Promise.all(
      cluster.nodes.map((node) => startFastifyApp(new ClusterStore(node), gate)),
    );
    const [one, other] = [apps[0], apps.at(-1)] as [RunningApp, RunningApp];
    try {
      const visitor = new Visitor();
      await visitor.get(one, '/write/a');
      await visitor.get(other, '/write/b');
      expect(await visitor.json(one, '/read')).toEqual({ a: true, b: true });
      expect(await revived(20, gate, one, other, '/read?held')).toBe(0);
      expect(await revived(20, gate, one, other, '/write/late?held')).toBe(0);
    } finally {
      await Promise.all(apps.map((app) => app.close()));
      await cluster.close();
    }
  });
});

describe('the same races with the stores that come with these packages', () => {
  test('lose and revive: the races are real', async () => {
    const gate = new Gate(2);
    const express = await startExpressApp(new session.MemoryStore(), gate);
    const fastify = await startFastifyApp(undefined, gate);
    try {
      expect(await keptBoth(5, express, express)).toBe(0);
      expect(await revived(5, gate, fastify, fastify, '/read?held')).toBe(10);
    } finally {
      await Promise.all([express.close(), fastify.close()]);
    }
  });
});

function call<Value>(
  start: (done: (error?: unknown, value?: Value) => void) => unknown,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value as Value)));
  });
}

function dataOf(data: object, originalMaxAge = 60_000): object {
  return { ...data, cookie: { originalMaxAge, expires: new Date(Date.now() + originalMaxAge) } };
}

function storeAt(stores: readonly ClusterStore[], at: number): ClusterStore {
  return stores[at % stores.length] as ClusterStore;
}

function bound(cluster: SessionCluster, name: keyof SessionCluster): unknown {
  const member = cluster[name];
  return typeof member === 'function' ? member.bind(cluster) : member;
}
