import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClusterEvent, ClusterMetric, SessionCluster } from '../../src/index.js';
import { keyFor, newKey, startCluster, type TestCluster } from './start-cluster.js';

const HOUR_MS = 3_600_000;

let cluster: TestCluster;
let nodes: [SessionCluster, SessionCluster, SessionCluster];
beforeEach(async () => {
  cluster = await startCluster(3);
  nodes = cluster.nodes as never;
});
afterEach(() => cluster.close());

async function create(node: SessionCluster): Promise<string> {
  const key = keyFor(node);
  const result = await node.create({
    key,
    data: { secret: 'never shown' },
    system: {},
    idleTimeoutMs: HOUR_MS,
    absoluteTimeoutMs: HOUR_MS,
  });
  expect(result).toMatchObject({ status: 'committed', copies: 1 });
  return key;
}

function increment(node: SessionCluster, key: string) {
  return node.commit({
    key,
    base: { epoch: 1, seq: 0 },
    operations: [{ kind: 'increment', path: ['data', 'n'], by: 1 }],
  });
}

describe('explain()', () => {
  it('says what every node has, wherever it is asked', async () => {
    const key = await create(nodes[0]);
    await increment(nodes[0], key);
    for (const node of nodes) {
      const explanation = await node.explain(key);
      expect(explanation.keyHash).toBe(key.slice(0, 10));
      expect(explanation.placement[0]).toBe('n1');
      expect(explanation.nodes[0]?.label).toBe(node.label);
      const [owner, backup] = (['owner', 'backup'] as const).map((wanted) =>
        explanation.nodes.find(({ role }) => role === wanted),
      );
      expect(owner).toMatchObject({ label: 'n1', version: '1.1', leader: nodes[0].incarnation });
      expect(backup).toMatchObject({ version: '1.1', leader: nodes[0].incarnation });
      expect(owner?.copies).toEqual([{ label: backup?.label, lacks: 0 }]);
      expect(explanation.nodes.filter(({ role }) => role === 'none')).toHaveLength(1);
      expect(JSON.stringify(explanation)).not.toContain('never shown');
    }
  });

  it('tells the end of a session, and what happened to it here', async () => {
    const key = await create(nodes[0]);
    await nodes[0].destroy(key, 'logout');
    const { nodes: told, events } = await nodes[0].explain(key);
    expect(told.map(({ role }) => role)).toEqual(['buried', 'buried', 'buried']);
    expect(events).toMatchObject([
      { kind: 'ended', text: 'reason logout' },
      { kind: 'buried', text: 'reason logout' },
    ]);
  });

  it('tells every node once that a session ended, and under which key it goes on', async () => {
    const told = nodes.map((node) => {
      const seen: ClusterEvent[] = [];
      node.on((event) => {
        if (event.kind === 'buried') seen.push(event);
      });
      return seen;
    });
    const key = await create(nodes[0]);
    await nodes[0].destroy(key, 'logout');
    await nodes[1].destroy(key, 'logout');
    const end = { kind: 'buried', keyHash: key.slice(0, 10), reason: 'logout' };
    await vi.waitFor(() => expect(told.every((events) => events.length > 0)).toBe(true), 30_000);
    for (const events of told) expect(events).toEqual([{ ...end, successorHash: undefined }]);
  });

  it('says of a node that does not answer that it is silent', async () => {
    const key = await create(nodes[0]);
    cluster.cut(nodes[2]);
    const { nodes: told } = await nodes[0].explain(key);
    expect(told.find(({ label }) => label === 'n3')?.role).toBe('silent');
  });

  it('knows nothing of a key that nobody had, and refuses what is no key', async () => {
    const { nodes: told } = await nodes[1].explain(newKey());
    expect(told.map(({ role }) => role)).toEqual(['none', 'none', 'none']);
    await expect(nodes[1].explain('short')).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });
});

function readValue(metrics: readonly ClusterMetric[], name: string): number {
  const metric = metrics.find((each) => each.name === `understudy_${name}`);
  if (!metric || metric.kind === 'histogram') throw new Error(`no ${name}`);
  return metric.samples.reduce((sum, { value }) => sum + value, 0);
}

function readCount(metrics: readonly ClusterMetric[], name: string): number {
  const metric = metrics.find((each) => each.name === `understudy_${name}`);
  if (metric?.kind !== 'histogram') throw new Error(`no ${name}`);
  return metric.samples.reduce((sum, { count }) => sum + count, 0);
}

describe('metrics()', () => {
  it('counts records, commits by durability, ends and what is under way', async () => {
    const key = await create(nodes[0]);
    await increment(nodes[0], key);
    const other = await create(nodes[0]);
    await nodes[0].destroy(other, 'logout');
    const metrics = nodes[0].metrics();
    expect(readValue(metrics, 'sessions_owned')).toBe(1);
    expect(readValue(metrics, 'single_copy_sessions')).toBe(0);
    expect(readCount(metrics, 'commit_seconds')).toBe(3);
    expect(metrics.find(({ name }) => name === 'understudy_ended_total')?.samples).toEqual([
      { labels: { reason: 'logout' }, value: 1 },
    ]);
    expect([readValue(metrics, 'members'), readValue(metrics, 'bus_connected')]).toEqual([2, 1]);
  });

  it('counts takeovers, and says which sessions nobody else has', async () => {
    const key = await create(nodes[0]);
    cluster.kill(nodes[0]);
    const [second, third] = cluster.nodes as [SessionCluster, SessionCluster];
    await vi.waitFor(() => {
      const taken = [second, third].map((node) => readValue(node.metrics(), 'takeovers_total'));
      expect(taken.toSorted()).toEqual([0, 1]);
    }, 30_000);
    const owner = [second, third].find(
      (node) => readValue(node.metrics(), 'takeovers_total') === 1,
    );
    const rest = owner === second ? third : second;
    expect(readCount((owner as SessionCluster).metrics(), 'takeover_seconds')).toBe(1);
    await vi.waitFor(
      () => expect(readValue((owner as SessionCluster).metrics(), 'single_copy_sessions')).toBe(0),
      30_000,
    );
    cluster.kill(rest);
    await increment(owner as SessionCluster, key);
    expect(readValue((owner as SessionCluster).metrics(), 'single_copy_sessions')).toBe(1);
  });

  it('has a name of its own for every metric, and a help text', async () => {
    const metrics = nodes[0].metrics();
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
    for (const { name, help } of metrics) {
      expect(name).toMatch(/^understudy_[a-z_]+$/);
      expect(help.length).toBeGreaterThan(10);
    }
  });
});
