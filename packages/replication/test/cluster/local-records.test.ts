import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../src/core/limits.js';
import { TIMINGS } from '../../src/core/timings.js';
import type { Clock } from '../../src/index.js';
import { createMemoryBus, memoryTransport, SessionCluster } from '../../src/index.js';
import { keyFor, newKey, startCluster, type TestCluster } from './start-cluster.js';

const HOUR_MS = 3_600_000;

async function create(node: SessionCluster, key: string, idleTimeoutMs = HOUR_MS) {
  const data = { n: 1 };
  const timeouts = { idleTimeoutMs, absoluteTimeoutMs: HOUR_MS };
  const result = await node.create({ key, data, system: {}, ...timeouts });
  if (result.status !== 'committed') throw new Error(`it was ${result.status}`);
  return result.version;
}

describe('a session that its node leads', () => {
  let cluster: TestCluster;
  let nodes: [SessionCluster, SessionCluster];
  beforeEach(async () => {
    cluster = await startCluster(2);
    nodes = cluster.nodes as never;
  });
  afterEach(() => cluster.close());

  it('is shown at once there, and nowhere else', async () => {
    const key = keyFor(nodes[0]);
    await create(nodes[0], key);
    const opened = await nodes[0].open(key);
    const snapshot = opened.status === 'found' ? opened.snapshot : undefined;
    for (const shown of [nodes[0].peek(key), nodes[0].openNow(key)]) {
      expect(shown?.document).toBe(snapshot?.document);
      expect(shown).toMatchObject({ key, version: snapshot?.version, owner: 'n1' });
    }
    expect(nodes[1].peek(key)).toBeUndefined();
    expect(nodes[1].openNow(key)).toBeUndefined();
    expect(nodes[0].peek(newKey())).toBeUndefined();
  });

  it('is shown as it is after each change, also to whoever has just looked', async () => {
    const key = keyFor(nodes[0]);
    const base = await create(nodes[0], key);
    expect(nodes[0].peek(key)?.version).toEqual(base);
    expect(nodes[0].openNow(key)?.version).toEqual(base);
    const operations = [{ kind: 'set', path: ['data', 'n'], value: 2 }] as const;
    const committing = nodes[0].commit({ key, base, operations });
    expect(nodes[0].openNow(key)?.document.data).toEqual({ n: 2 });
    await committing;
    const { version } = nodes[0].openNow(key) ?? {};
    expect(version).toEqual({ ...base, seq: base.seq + 1 });
    await nodes[0].destroy(key, 'logout');
    expect(nodes[0].openNow(key)).toBeUndefined();
  });

  it('is not shown to a client that has seen more of it', async () => {
    const key = keyFor(nodes[0]);
    const { epoch, seq } = await create(nodes[0], key);
    expect(nodes[0].peek(key, { epoch, seq })).toBeDefined();
    expect(nodes[0].peek(key, { epoch, seq: seq + 1 })).toBeUndefined();
  });

  it('is not shown when it has ended, has moved, or its node has stopped', async () => {
    const [ended, moved] = [keyFor(nodes[0]), keyFor(nodes[0])];
    await create(nodes[0], ended);
    await create(nodes[0], moved);
    await nodes[0].destroy(ended, 'logout');
    expect(nodes[0].peek(ended)).toBeUndefined();
    await nodes[0].drain({ deadlineMs: 5000 });
    expect(nodes[0].peek(moved)).toBeUndefined();
    expect(nodes[1].peek(moved)).toBeDefined();
    await nodes[1].stop();
    expect(nodes[1].peek(moved)).toBeUndefined();
  });
});

describe('a session that requests follow', () => {
  it('stays with its node when that looks at it at once, and leaves when it does not', async () => {
    const cluster = await startCluster(2);
    const [leader, other] = cluster.nodes as [SessionCluster, SessionCluster];
    const key = keyFor(leader);
    await create(leader, key);
    await delay(TIMINGS.local.minHoldMs);
    const opened = async (times: number) => {
      for (let time = 0; time < times; time++) await other.open(key);
    };
    await opened(LIMITS.affinityRun - 1);
    expect(leader.openNow(key)).toBeDefined();
    await opened(LIMITS.affinityRun - 1);
    expect(leader.peek(key)).toBeDefined();
    await opened(1);
    await vi.waitFor(() => expect(other.peek(key)).toBeDefined(), 30_000);
    await cluster.close();
  });
});

/** Time that stands still, and ticks that come when told. */
class StoppedClock implements Clock {
  now = 0;
  readonly #ticks = new Set<() => void>();

  nowMs = () => this.now;
  wallMs = () => this.now;
  afterTurn = (callback: () => void) => void setImmediate(callback);

  every(_intervalMs: number, callback: () => void): () => void {
    this.#ticks.add(callback);
    return () => this.#ticks.delete(callback);
  }

  tick(): void {
    for (const callback of [...this.#ticks]) callback();
  }
}

describe('a node whose time stood still', () => {
  it('shows nothing before it has noticed that, nor what is over', async () => {
    const clock = new StoppedClock();
    const starting = SessionCluster.start({
      transport: memoryTransport({ bus: createMemoryBus() }),
      node: { id: 'n1' },
      joinMs: 0,
      clock,
    });
    await new Promise(setImmediate);
    clock.tick();
    const node = await starting;
    const [long, short] = [newKey(), newKey()];
    await create(node, long);
    await create(node, short, 1000);
    expect(node.peek(long)).toBeDefined();
    clock.now = 999;
    // A second without a tick: others may have taken over, and only an event makes it ask.
    expect(node.peek(long)).toBeUndefined();
    expect(node.openNow(long)).toBeUndefined();
    clock.tick();
    expect((await node.open(long)).status).toBe('found');
    expect(node.peek(long)).toBeDefined();
    clock.now = 1000;
    clock.tick();
    expect(node.peek(short)).toBeUndefined();
    await node.stop();
  });
});
