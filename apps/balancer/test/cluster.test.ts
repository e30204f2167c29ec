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
import { closeAfterTest } from './support/bench.js';
import { ask, routeCookie } from './support/client.js';
import { startNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const CLUSTER = 'balancer-test';

/** A member of a real cluster, with an HTTP server that answers its label. */
async function startMember(bus: MemoryBus, id: string) {
  const http = closeAfterTest(await startNode(id));
  const transport = memoryTransport({ bus });
  const cluster = await SessionCluster.start({
    transport,
    cluster: { name: CLUSTER },
    node: { id, label: id, url: http.url },
    joinMs: 100,
  });
  closeAfterTest({ close: () => cluster.stop() });
  return { http, cluster, transport };
}

async function startWatching(bus: MemoryBus) {
  const transport = memoryTransport({ bus });
  const directory = clusterDirectory(await observeCluster({ transport, cluster: CLUSTER }));
  const balancer = await startBalancer({
    directory,
    port: 0,
    adminPort: 0,
    health: { intervalMs: 50 },
    timeouts: { stopMs: 200 },
  });
  closeAfterTest({ close: () => balancer.stop() });
  const states = async () => {
    const { body } = await ask(`${balancer.adminUrl}/api/cluster`);
    const { nodes } = JSON.parse(body) as { nodes: { label: string; state: string }[] };
    return nodes
      .map(({ label, state }) => `${label}:${state}`)
      .sort()
      .join(' ');
  };
  return { balancer, states };
}

test('nodes are found on the bus, used, and drained through the admin port', async () => {
  const bus = createMemoryBus();
  await Promise.all([startMember(bus, 'n1'), startMember(bus, 'n2')]);
  const { balancer, states } = await startWatching(bus);
  await until('both are active', async () => (await states()) === 'n1:active n2:active');
  const toFirst = { headers: { cookie: routeCookie('n1', 'n2') } };
  expect((await ask(balancer.url, toFirst)).body).toBe('n1');
  const answer = await ask(`${balancer.adminUrl}/api/nodes/n1/drain`, {
    method: 'POST',
    headers: { 'X-Requested-With': 'test' },
  });
  expect(answer.status).toBe(202);
  await until('it drains', async () => (await states()) !== 'n1:active n2:active');
  expect((await ask(balancer.url, toFirst)).body).toBe('n2');
});

test('a node that dies without a word is passed over at once', async () => {
  const bus = createMemoryBus();
  const first = await startMember(bus, 'n1');
  await startMember(bus, 'n2');
  const { balancer, states } = await startWatching(bus);
  await until('both are active', async () => (await states()) === 'n1:active n2:active');
  first.transport.disconnect();
  await first.http.close();
  const toFirst = { headers: { cookie: routeCookie('n1', 'n2') } };
  expect((await ask(balancer.url, toFirst)).body).toBe('n2');
  await until('it is gone', async () => (await states()) !== 'n1:active n2:active');
});
