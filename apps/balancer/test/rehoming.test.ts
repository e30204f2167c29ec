import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createMemoryBus,
  type MemoryBus,
  memoryTransport,
  observeCluster,
  SessionCluster,
} from '@understudy/replication';
import { expect, test } from 'vitest';
import { clusterDirectory } from '../src/directory/cluster-directory.js';
import { startBalancer } from '../src/start-balancer.js';
import { balance, closeAfterTest } from './support/bench.js';
import { ask, routeCookie } from './support/client.js';
import { startWorkers } from './support/main-balancer.js';
import { startNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const CLUSTER = 'rehoming-test';
const rehoming = { sessionsPerSecond: 1_000 };
const idOf = (index: number): string => `${index}`.padEnd(43, 'i');
/** A client of `a`, with a session of its own. */
const cookieOf = (index: number): string => `${routeCookie('a')}; sid=${idOf(index)}.1.x`;

/** A node whose sessions say in the route cookie who leads them, as Understudy's do. */
async function startMember(bus: MemoryBus, id: string): Promise<SessionCluster> {
  let cluster: SessionCluster | undefined;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const opened = await cluster?.open(request.headers['x-key'] as string);
    if (opened?.status !== 'found') return void response.writeHead(500).end();
    const { owner, backups, document } = opened.snapshot;
    const [route = ''] = routeCookie(owner, ...backups)
      .split('=', 2)
      .slice(1);
    response.setHeader('Set-Cookie', `sid-route=${route}`);
    response.end(String(document.data.name));
  };
  const http = closeAfterTest(await startNode(id, (...at) => void serve(at[0], at[1])));
  cluster = await SessionCluster.start({
    transport: memoryTransport({ bus }),
    cluster: { name: CLUSTER },
    node: { id, label: id, url: http.url },
    joinMs: 100,
  });
  const started = cluster;
  closeAfterTest({ close: () => started.stop() });
  return started;
}

test('sessions leave a node that has too much to do, and are whole at the other', async () => {
  const bus = createMemoryBus();
  const [a, b] = await Promise.all([startMember(bus, 'a'), startMember(bus, 'b')]);
  const transport = memoryTransport({ bus });
  const directory = clusterDirectory(await observeCluster({ transport, cluster: CLUSTER }));
  const balancer = await startBalancer({ directory, port: 0, adminPort: 0, rehoming });
  closeAfterTest({ close: () => balancer.stop() });
  const isUp = (): boolean =>
    balancer.fleet.nodes().filter(({ availability }) => availability === 'up').length === 2;
  await until('both nodes are up', isUp);
  const clients = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const id = idOf(index);
      const key = createHash('sha256').update(id).digest('base64url');
      const data = { name: `session ${index}` };
      const timeouts = { idleTimeoutMs: 60_000, absoluteTimeoutMs: 60_000 };
      await a.create({ key, data, system: {}, ...timeouts });
      return { id, key, name: data.name, cookie: `${routeCookie('a', 'b')}; sid=${id}.1.x` };
    }),
  );
  const round = (client: (typeof clients)[number]) => async (): Promise<void> => {
    const headers = { cookie: client.cookie, 'x-key': client.key };
    const answer = await ask(balancer.url, { headers });
    expect(answer.body).toBe(client.name);
    const [route = ''] = (answer.headers['set-cookie'] ?? [''])[0]?.split(';') ?? [];
    client.cookie = `${route}; sid=${client.id}.1.x`;
  };
  const owned = (cluster: SessionCluster): number => cluster.ledSessions().length;
  await until(
    'a quarter has gone',
    async () => {
      await Promise.all(clients.map((client) => round(client)()));
      return owned(b) >= clients.length / 4;
    },
    30_000,
  );
  expect(owned(a) + owned(b)).toBe(clients.length);
  expect(balancer.counters.reroutes.get('rehoming')).toBeGreaterThan(0);
  expect(balancer.counters.failovers.get('holder')).toBe(0);
});

test('no session leaves its node unless that was asked for', async () => {
  const nodes = await Promise.all(['a', 'b'].map((label) => startNode(label)));
  for (const node of nodes) closeAfterTest(node);
  const balancer = await balance(nodes);
  const endMs = performance.now() + 2_500;
  while (performance.now() < endMs) {
    const answers = Array.from({ length: 20 }, (_, index) => {
      return ask(balancer.url, { headers: { cookie: cookieOf(index) } });
    });
    for (const { body } of await Promise.all(answers)) expect(body).toBe('a');
  }
});

test('all workers move the same sessions', async () => {
  const nodes = await Promise.all(['a', 'b'].map((label) => startNode(label)));
  for (const node of nodes) closeAfterTest(node);
  const main = await startWorkers(nodes, { BALANCER_REHOMING_SESSIONS_PER_SECOND: '1000' });
  const askAll = async (): Promise<string[]> => {
    const answers = Array.from({ length: 100 }, (_, index) => {
      return ask(main.url, { headers: { cookie: cookieOf(index) } });
    });
    return (await Promise.all(answers)).map(({ body }) => body);
  };
  await until(
    // So many that no more go for the few requests below.
    'most of the excess goes to the other node',
    async () => (await askAll()).filter((body) => body === 'b').length > 40,
    40_000,
  );
  // Little is asked from now on, so that the share rests, which is when a look finds nothing new.
  let [view, looks]: [number | null, number] = [null, 0];
  await until(
    'both workers have one view, and keep it',
    async () => {
      const { workers } = await main.cluster();
      const views = new Set(workers.map((worker) => worker.view));
      looks = views.size === 1 && views.has(view) ? looks + 1 : 0;
      view = workers[0]?.view ?? null;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return looks >= 6;
    },
    30_000,
  );
  const first = await askAll();
  for (let round = 0; round < 3; round++) {
    const changed = (await askAll()).filter((body, index) => body !== first[index]);
    expect(changed).toEqual([]);
  }
}, 120_000);
