import { afterEach, describe, expect, it } from 'vitest';
import { SessionCluster } from '../../src/node/session-cluster.js';
import { createMemoryBus, memoryTransport } from '../../src/transport/index.js';
import { keyFor } from '../cluster/start-cluster.js';

const MAX_PAYLOAD_BYTES = 64 * 1024;
const HOUR = 3_600_000;
const timeouts = { idleTimeoutMs: HOUR, absoluteTimeoutMs: HOUR };
const base = { epoch: 0, seq: 0 };

let nodes: SessionCluster[] = [];
afterEach(() => Promise.all(nodes.map((node) => node.stop())));

async function twoNodes(): Promise<[SessionCluster, SessionCluster]> {
  const bus = createMemoryBus({ maxPayloadBytes: MAX_PAYLOAD_BYTES });
  const start = (id: string) =>
    SessionCluster.start({
      transport: memoryTransport({ bus }),
      cluster: { name: 'test' },
      node: { id, label: id },
    });
  nodes = await Promise.all([start('n1'), start('n2')]);
  return nodes as [SessionCluster, SessionCluster];
}

const text = (bytes: number) => 'x'.repeat(bytes);

/** Another session of the same node still gets its copy. */
async function expectLinkInOrder(node: SessionCluster): Promise<void> {
  const result = await node.create({ key: keyFor(node), data: {}, system: {}, ...timeouts });
  expect(result).toMatchObject({ status: 'committed', copies: 1 });
}

describe('a session that no message can carry', () => {
  it('is not created, and holds up nobody', async () => {
    const [one] = await twoNodes();
    const key = keyFor(one);
    const created = one.create({ key, data: { big: text(100_000) }, system: {}, ...timeouts });
    await expect(created).rejects.toMatchObject({ code: 'ERR_MESSAGE_TOO_LARGE' });
    expect(await one.open(key)).toEqual({ status: 'unknown' });
    await expectLinkInOrder(one);
  });

  it.each([
    ['its owner', 0],
    ['another node', 1],
  ])('is not made by a change at %s, and stays as it was', async (_name, index) => {
    const [one, two] = await twoNodes();
    const node = [one, two][index] as SessionCluster;
    const key = keyFor(one);
    await one.create({ key, data: { n: 1 }, system: {}, ...timeouts });
    const operations = [{ kind: 'set', path: ['data', 'big'], value: text(100_000) }] as const;
    const changed = node.commit({ key, base, operations });
    await expect(changed).rejects.toMatchObject({ code: 'ERR_MESSAGE_TOO_LARGE' });
    const opened = await two.open(key);
    expect(opened.status === 'found' && opened.snapshot.document.data).toEqual({ n: 1 });
    await expectLinkInOrder(one);
  });

  it('is not made by many small changes, and can be made smaller again', async () => {
    const [one, two] = await twoNodes();
    const key = keyFor(one);
    await one.create({ key, data: {}, system: {}, ...timeouts });
    const put = (name: string, bytes: number) =>
      one.commit({
        key,
        base,
        operations: [{ kind: 'set', path: ['data', name], value: text(bytes) }],
      });
    let kept = 0;
    while (kept < 20) {
      const result = await put(`part${kept}`, 4000).catch((error: Error) => error);
      if (result instanceof Error) break;
      kept++;
    }
    expect(kept).toBeGreaterThan(4);
    expect(kept).toBeLessThan(16);
    for (let round = 0; round < 20; round++) await put('part0', 4000 - round);
    await put('part0', 1);
    expect(await put('last', 2000)).toMatchObject({ status: 'committed', copies: 1 });
    await one.stop();
    nodes.shift();
    const opened = await two.open(key);
    expect(opened.status === 'found' && Object.keys(opened.snapshot.document.data)).toContain(
      'last',
    );
    await expect(two.open(keyFor(two))).resolves.toEqual({ status: 'unknown' });
  });
});
