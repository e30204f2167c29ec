import { describe, expect, it, vi } from 'vitest';
import { keyFor, startCluster } from './start-cluster.js';

const HOUR_MS = 3_600_000;

describe('a node that has lost the bus', () => {
  const withSession = async (onIsolation: 'serve' | 'refuse') => {
    const cluster = await startCluster(2, { onIsolation });
    const [node] = cluster.nodes;
    if (!node) throw new Error('there is no node');
    const key = keyFor(node);
    const timeouts = { idleTimeoutMs: HOUR_MS, absoluteTimeoutMs: HOUR_MS };
    await node.create({ key, data: {}, system: {}, ...timeouts });
    cluster.cut(node);
    return { cluster, node, key };
  };

  it('goes on serving what it leads', async () => {
    const { cluster, node, key } = await withSession('serve');
    expect(await node.open(key)).toMatchObject({ status: 'found' });
    expect(node.peek(key)).toBeDefined();
    await cluster.close();
  });

  it('answers no reads with onIsolation refuse, until it is back', async () => {
    const { cluster, node, key } = await withSession('refuse');
    await expect(node.open(key)).rejects.toMatchObject({ code: 'ERR_SESSION_UNAVAILABLE' });
    expect(node.peek(key)).toBeUndefined();
    expect(node.openNow(key)).toBeUndefined();
    cluster.mend(node);
    await vi.waitFor(async () => {
      expect(await node.open(key)).toMatchObject({ status: 'found' });
      expect(node.peek(key)).toBeDefined();
    }, 30_000);
    await cluster.close();
  });

  it('reads on when the others have left, whom nothing was told without it', async () => {
    const cluster = await startCluster(2, { onIsolation: 'refuse' });
    const [node, other] = cluster.nodes;
    if (!node || !other) throw new Error('there are no nodes');
    const key = keyFor(node);
    const timeouts = { idleTimeoutMs: HOUR_MS, absoluteTimeoutMs: HOUR_MS };
    await node.create({ key, data: {}, system: {}, ...timeouts });
    await other.stop();
    expect(await node.open(key)).toMatchObject({ status: 'found' });
    await cluster.close();
  });
});
