import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ClusterStore } from '../../src/express-session/index.js';
import {
  ClusterStoppedError,
  CommitUnknownError,
  LimitError,
  MessageTooLargeError,
  NotOwnerError,
  type SessionCluster,
  SessionUnavailableError,
} from '../../src/index.js';
import { startCluster, type TestCluster } from '../cluster/start-cluster.js';
import { type RunningApp, startExpressApp, startFastifyApp, Visitor } from './apps.js';
import { Gate } from './gate.js';

const FRAMEWORKS = [
  ['Express', startExpressApp],
  ['Fastify', startFastifyApp],
] as const;

describe.each(FRAMEWORKS)('what %s answers by itself when the cluster rejects', (_name, start) => {
  let cluster: TestCluster;
  let app: RunningApp;
  /** What calls of a method reject with, instead of being made. */
  let rejections: Partial<Record<keyof SessionCluster, Error>> = {};
  beforeAll(async () => {
    cluster = await startCluster(1);
    const node = cluster.nodes[0] as SessionCluster;
    const failing = new Proxy(node, {
      get: (_target, name: keyof SessionCluster) => {
        const error = rejections[name];
        if (error) return () => Promise.reject(error);
        const member = node[name];
        return typeof member === 'function' ? member.bind(node) : member;
      },
    });
    app = await start(new ClusterStore(failing), new Gate(2));
  });
  beforeEach(() => {
    rejections = {};
  });
  afterAll(async () => {
    await app.close();
    await cluster.close();
  });

  async function ask(path: string, rejected: typeof rejections) {
    const visitor = new Visitor();
    await visitor.get(app, '/write/a');
    rejections = rejected;
    return fetch(app.url + path, { headers: { cookie: visitor.cookie ?? '' } });
  }

  test.each<[string, Error, string]>([
    ['for how long', new SessionUnavailableError('no majority', 2500), '3'],
    ['a second at least', new SessionUnavailableError('no majority', 5), '1'],
    ['stopped', new ClusterStoppedError(), '1'],
    ['led elsewhere', new NotOwnerError('n2'), '1'],
  ])('a session that cannot be read is a 503 with Retry-After: %s', async (_case, error, after) => {
    const response = await ask('/read', { open: error });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, after]);
  });

  test.each<[number, Error]>([
    [503, new SessionUnavailableError('no majority', 2500)],
    [504, new CommitUnknownError('c1')],
    [413, new MessageTooLargeError(9, 8)],
    [413, new LimitError('operationsPerCommit', 1025, 1024)],
  ])('a change that is not stored is a %i that nobody is told to repeat', async (status, error) => {
    const response = await ask('/save/b', { commit: error });
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, null]);
  });

  test('what the application did wrong stays a 500', async () => {
    expect((await ask('/save/b', { commit: new TypeError('a mistake') })).status).toBe(500);
  });
});

test('an error keeps its class, name, code and cause', async () => {
  const cluster = await startCluster(1);
  const cause = new Error('the wire is cut');
  const error = new SessionUnavailableError('away', 1000, { cause });
  const store = new ClusterStore(
    new Proxy(cluster.nodes[0] as SessionCluster, {
      get: (node, name: keyof SessionCluster) =>
        name === 'open' ? () => Promise.reject(error) : node[name],
    }),
  );
  const told = await new Promise((resolve) => store.get('a', resolve));
  expect(told).toBe(error);
  expect(told).toMatchObject({ code: 'ERR_SESSION_UNAVAILABLE', cause, status: 503 });
  expect((told as Error).name).toBe('SessionUnavailableError');
  await cluster.close();
});
