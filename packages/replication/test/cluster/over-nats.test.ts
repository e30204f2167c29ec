import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SessionCluster } from '../../src/node/session-cluster.js';
import { natsTransport, type Transport } from '../../src/transport/index.js';
import { NATS_SERVER, type RunningServer, startNatsServer } from '../transport/nats-server.js';
import { keyFor } from './start-cluster.js';

const HOUR = 3_600_000;

describe.skipIf(!NATS_SERVER)('a cluster over nats-server', () => {
  let server: RunningServer;
  const running = new Map<SessionCluster, Transport>();

  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterEach(async () => {
    for (const node of running.keys()) await node.stop();
    running.clear();
  });
  afterAll(() => server?.kill());

  async function start(id: string): Promise<SessionCluster> {
    const transport = await natsTransport({ servers: `nats://127.0.0.1:${server.port}` });
    const node = await SessionCluster.start({
      transport,
      cluster: { name: 'over-nats' },
      node: { id, label: id },
    });
    running.set(node, transport);
    return node;
  }

  async function startThree(): Promise<[SessionCluster, SessionCluster, SessionCluster]> {
    const nodes = await Promise.all([start('n1'), start('n2'), start('n3')]);
    await vi.waitFor(() => {
      for (const node of nodes) {
        expect(node.members().filter((member) => member.state === 'active')).toHaveLength(3);
      }
    }, 30_000);
    return nodes as [SessionCluster, SessionCluster, SessionCluster];
  }

  async function fill(node: SessionCluster, key: string): Promise<void> {
    await node.create({
      key,
      data: { n: 0 },
      system: {},
      idleTimeoutMs: HOUR,
      absoluteTimeoutMs: HOUR,
    });
  }

  async function data(node: SessionCluster, key: string): Promise<unknown> {
    const result = await node.open(key);
    return result.status === 'found' ? result.snapshot.document.data : result.status;
  }

  it('holds a change on a second node before it answers and survives the loss of the first', async () => {
    const [one, two, three] = await startThree();
    const keys = Array.from({ length: 100 }, () => keyFor(one));
    await Promise.all(keys.map((key) => fill(one, key)));
    const results = await Promise.all(
      keys.map((key) =>
        two.commit({
          key,
          base: { epoch: 1, seq: 0 },
          operations: [{ kind: 'increment', path: ['data', 'n'], by: 1 }],
        }),
      ),
    );
    expect(results.every((r) => r.status === 'committed' && r.copies === 1)).toBe(true);
    await running.get(one)?.close();
    running.delete(one);
    for (const key of keys) expect(await data(three, key)).toEqual({ n: 1 });
  });

  it('goes on after the bus was killed and started again', async () => {
    const [one, two] = await startThree();
    const key = keyFor(one);
    await fill(one, key);
    const { port } = server;
    await server.kill();
    await vi.waitFor(() => expect(one.status().degraded).toBe(true), 30_000);
    const alone = await one.commit({
      key,
      base: { epoch: 1, seq: 0 },
      operations: [{ kind: 'set', path: ['data', 'n'], value: 7 }],
    });
    expect(alone).toMatchObject({ status: 'committed', copies: 0 });
    server = await startNatsServer({ port });
    await vi.waitFor(async () => expect(await data(two, key)).toEqual({ n: 7 }), 30_000);
  });
});
