import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import express from 'express';
import session from 'express-session';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ClusterStore } from '../../src/express-session/index.js';
import { type SessionCluster, SessionUnavailableError } from '../../src/index.js';
import { startCluster, type TestCluster } from '../cluster/start-cluster.js';
import { type RunningApp, SECRET, startExpressApp, Visitor } from './apps.js';
import { Gate } from './gate.js';

const MAX_AGE_MS = 60_000;
/** Far above what a node leaves out of a touch (60 ms of this time) and what a look at it may be old. */
const USED_UP_MS = 1000;
const IN_TIME = { timeout: 30_000 };

let cluster: TestCluster;
let node: SessionCluster;
let store: ClusterStore;
beforeAll(async () => {
  cluster = await startCluster(1);
  node = cluster.nodes[0] as SessionCluster;
  store = new ClusterStore(node);
});
afterAll(() => cluster.close());

const sidOf = ({ cookie = '' }: Visitor) =>
  (/=(?:s:)?([^.]+)\./.exec(decodeURIComponent(cookie)) as RegExpExecArray)[1] as string;

async function remainingMs(visitor: Visitor): Promise<number> {
  const opened = await node.open(store.keyOf(sidOf(visitor)));
  if (opened.status !== 'found') throw new Error(opened.status);
  return opened.snapshot.idleRemainingMs;
}

/** Between which moments the session ends unless it is used: asking takes time. */
async function idleEnd(visitor: Visitor): Promise<readonly [earliest: number, latest: number]> {
  const askedMs = performance.now();
  const leftMs = await remainingMs(visitor);
  return [askedMs + leftMs, performance.now() + leftMs];
}

/** Does something once some idle time is used up, and waits until the session ends later for it. */
async function renews(visitor: Visitor, use: () => Promise<unknown>): Promise<void> {
  const [, latestMs] = await idleEnd(visitor);
  await vi.waitFor(() => {
    expect(performance.now() + MAX_AGE_MS).toBeGreaterThan(latestMs + USED_UP_MS);
  }, IN_TIME);
  await use();
  await vi.waitFor(async () => {
    const [earliestMs] = await idleEnd(visitor);
    expect(earliestMs).toBeGreaterThan(latestMs + USED_UP_MS / 2);
  }, IN_TIME);
}

/** Stock express-session with options of its own, and one page that changes nothing. */
async function startWith(options: Partial<session.SessionOptions>): Promise<RunningApp> {
  const app = express();
  const cookie = { maxAge: MAX_AGE_MS };
  const usual = { store, secret: SECRET, resave: false, saveUninitialized: false, cookie };
  app.use(session({ ...usual, ...options }));
  app.get('/read', (_request, response) => void response.json({}));
  app.get('/write/:name', (request, response) => {
    Object.assign(request.session, { [request.params.name]: true });
    response.json({});
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

describe('stock express-session', () => {
  test('a request that only reads extends the idle time', async () => {
    const app = await startExpressApp(store, new Gate(2), { maxAge: MAX_AGE_MS });
    const visitor = new Visitor();
    await visitor.get(app, '/write/a');
    await renews(visitor, () => visitor.get(app, '/read'));
    await app.close();
  });

  test.each([
    ['resave', { resave: true }],
    ['rolling', { rolling: true }],
  ])('%s extends it as well, and stores nothing that was not changed', async (_name, options) => {
    const app = await startWith(options);
    const visitor = new Visitor();
    await visitor.get(app, '/write/a');
    const opened = await node.open(store.keyOf(sidOf(visitor)));
    const before = opened.status === 'found' ? opened.snapshot.version : undefined;
    await renews(visitor, () => visitor.get(app, '/read'));
    const after = await node.open(store.keyOf(sidOf(visitor)));
    expect(after).toMatchObject({ status: 'found', snapshot: { version: before } });
    await app.close();
  });

  test('saveUninitialized begins a session that holds nothing', async () => {
    const app = await startWith({ saveUninitialized: true });
    const visitor = new Visitor();
    await visitor.get(app, '/read');
    const opened = await node.open(store.keyOf(sidOf(visitor)));
    expect(opened).toMatchObject({ status: 'found', snapshot: { document: { data: {} } } });
    await app.close();
  });

  test('a maxAge above absoluteTimeoutMs is cut, and one warning says so', async () => {
    const told: Error[] = [];
    const listen = (warning: Error) => {
      if (warning.name === 'UnderstudyClusterStore') told.push(warning);
    };
    process.on('warning', listen);
    const short = new ClusterStore(node, { absoluteTimeoutMs: 10_000, idleTimeoutMs: 10_000 });
    const app = await startWith({ store: short });
    for (let time = 0; time < 2; time++) await new Visitor().get(app, '/write/a');
    const visitor = new Visitor();
    await visitor.get(app, '/write/a');
    const opened = await node.open(short.keyOf(sidOf(visitor)));
    expect(opened).toMatchObject({ status: 'found' });
    if (opened.status === 'found') {
      expect(opened.snapshot.absoluteRemainingMs).toBeLessThanOrEqual(10_000);
    }
    await vi.waitFor(() => expect(told).not.toEqual([]), IN_TIME);
    expect(told).toHaveLength(1);
    expect(told[0]?.message).toContain(
      'maxAge is 60000 ms, but sessions end after absoluteTimeoutMs, 10000 ms',
    );
    process.off('warning', listen);
    await app.close();
  });
});

describe('stock @fastify/session', () => {
  async function startWithRoutes(used: ClusterStore): Promise<RunningApp> {
    const app = fastify();
    await app.register(fastifyCookie);
    await app.register(fastifySession, {
      secret: SECRET,
      cookie: { secure: false, maxAge: MAX_AGE_MS },
      saveUninitialized: false,
      store: used as unknown as fastifySession.SessionStore,
    });
    type Data = Record<string, unknown>;
    const data = (request: { session: unknown }) => request.session as Data;
    app.get<{ Params: { name: string } }>('/write/:name', async (request) => {
      data(request)[request.params.name] = true;
      return {};
    });
    app.get('/read', async (request) => ({ ...data(request), cookie: undefined }));
    app.get('/regenerate', async (request) => {
      await request.session.regenerate();
      data(request).user = 'ada';
      return {};
    });
    app.get('/reload', async (request) => {
      data(request).forgotten = true;
      await request.session.reload();
      return { ...data(request), cookie: undefined };
    });
    return { url: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() };
  }

  let app: RunningApp;
  beforeAll(async () => {
    app = await startWithRoutes(store);
  });
  afterAll(() => app.close());

  test('maxAge is in milliseconds, and a request that only reads extends it', async () => {
    const visitor = new Visitor();
    await visitor.get(app, '/write/a');
    const leftMs = await remainingMs(visitor);
    expect(leftMs).toBeLessThanOrEqual(MAX_AGE_MS);
    expect(leftMs).toBeGreaterThan(MAX_AGE_MS / 2);
    await renews(visitor, () => visitor.get(app, '/read'));
  });

  test('a session is regenerated: the old id is dead', async () => {
    const visitor = new Visitor();
    await visitor.get(app, '/write/cart');
    const old = visitor.tab();
    await visitor.get(app, '/regenerate');
    expect(visitor.cookie).not.toBe(old.cookie);
    expect(await visitor.json(app, '/read')).toMatchObject({ user: 'ada' });
    expect(await old.json(app, '/read')).not.toHaveProperty('cart');
  });

  test('reload shows what is stored', async () => {
    const visitor = new Visitor();
    await visitor.get(app, '/write/a');
    const shown = await visitor.json(app, '/reload');
    expect(shown).toMatchObject({ a: true });
    expect(shown).not.toHaveProperty('forgotten');
  });

  test('an error of the cluster is an answer, and no request hangs', async () => {
    const error = new SessionUnavailableError('away', 1000);
    const away = new Proxy(node, {
      get: (target, name: keyof SessionCluster) =>
        name === 'open' ? () => Promise.reject(error) : target[name],
    });
    const broken = await startWithRoutes(new ClusterStore(away));
    const visitor = new Visitor();
    await visitor.get(app, '/write/a');
    expect((await visitor.get(broken, '/read')).status).toBe(503);
    await broken.close();
  });
});
