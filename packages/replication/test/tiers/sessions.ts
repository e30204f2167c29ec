import { vi } from 'vitest';
import type { ClusterEvent, CommitResult, SessionCluster, Tier, Version } from '../../src/index.js';
import type { TestCluster } from '../cluster/start-cluster.js';

export const HOUR_MS = 3_600_000;

export async function create(node: SessionCluster, key: string, data = {}): Promise<CommitResult> {
  const timeouts = { idleTimeoutMs: HOUR_MS, absoluteTimeoutMs: 12 * HOUR_MS };
  return node.create({ key, data: { n: 0, ...data }, system: {}, ...timeouts });
}

/** Adds one to `n`; returns the version. */
export async function increment(node: SessionCluster, key: string): Promise<Version> {
  const result = await node.commit({
    key,
    base: { epoch: 1, seq: 0 },
    operations: [{ kind: 'increment', path: ['data', 'n'], by: 1 }],
  });
  if (result.status !== 'committed') throw new Error(`the commit was ${result.status}`);
  return result.version;
}

/** The data of a session, or why there is none. */
export async function dataOf(node: SessionCluster, key: string): Promise<unknown> {
  const result = await node.open(key);
  return result.status === 'found' ? result.snapshot.document.data : result.status;
}

/** As a power cut: every node is gone without a word, with all it had in memory. */
export function killAll(cluster: TestCluster): void {
  for (const node of [...cluster.nodes]) cluster.kill(node);
}

export function collect(node: SessionCluster): ClusterEvent[] {
  const events: ClusterEvent[] = [];
  node.on((event) => events.push(event));
  return events;
}

/** Waits until the tier has at least this version of a session. */
export async function untilStored(tier: Tier, key: string, seq: number): Promise<void> {
  await vi.waitFor(async () => {
    const answer = await tier.read(`test:${key}`);
    if (answer.kind !== 'record') throw new Error(`the tier has ${answer.kind}`);
    if (answer.version.seq < seq) throw new Error(`the tier has seq ${answer.version.seq}`);
  }, 30_000);
}
