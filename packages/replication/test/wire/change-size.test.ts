import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FrameCodec } from '../../src/codec/frame-codec.js';
import { Keyring } from '../../src/codec/seal.js';
import type { Message } from '../../src/core/messages.js';
import { SessionCluster } from '../../src/node/session-cluster.js';
import { createMemoryBus, memoryTransport } from '../../src/transport/index.js';
import { keyFor } from '../cluster/start-cluster.js';

const CLUSTER = 'shop-production';
const HOUR = 3_600_000;
/** As pods are named, at the longest an id may be. */
const IDS = ['shop-api-7f9c6d5b8c-x2x4q-000001', 'shop-api-7f9c6d5b8c-q9k2w-000002'];
const KEYS = [{ id: '2026-11', secret: 'a secret that every node of the test has' }];
/** Above NATS's own framing: what the engine may spend on one small change. */
const MAX_BYTES = 150;

let stop: () => Promise<unknown> = async () => {};
afterEach(() => stop());

interface Sent {
  readonly kind: Message['kind'];
  readonly bytes: number;
}

/** Two nodes, and everything they send from now on. */
async function twoNodes(sealed: boolean) {
  const keyring = sealed ? KEYS : undefined;
  const bus = createMemoryBus();
  const tap = memoryTransport({ bus });
  const reader = new FrameCodec(CLUSTER, keyring ? { keyring: new Keyring(CLUSTER, keyring) } : {});
  const sent: Sent[] = [];
  // From the first frame on: whoever was named once is named by nine bytes afterwards.
  tap.subscribe('us1.>', ({ subject, payload, noResponders }) => {
    if (noResponders) return;
    const [, , , to = ''] = subject.split('.');
    sent.push({ kind: reader.decode(payload, to).message.kind, bytes: payload.length });
  });
  const nodes = await Promise.all(
    IDS.map((id) =>
      SessionCluster.start({
        transport: memoryTransport({ bus }),
        cluster: { name: CLUSTER, keyring },
        node: { id },
        joinMs: 100,
      }),
    ),
  );
  stop = () =>
    Promise.all([...nodes, tap].map((each) => ('stop' in each ? each.stop() : each.close())));
  await vi.waitFor(() => {
    for (const node of nodes)
      expect(node.members().map(({ state }) => state)).toEqual(['active', 'active']);
  }, 30_000);
  return { nodes: nodes as [SessionCluster, SessionCluster], sent };
}

/** A session of about this size that does not compress. */
async function sessionOf(node: SessionCluster, bytes: number): Promise<string> {
  const key = keyFor(node);
  const lines = Array.from({ length: Math.floor(bytes / 100) }, (_, n) => ({
    n,
    text: randomBytes(60).toString('base64'),
  }));
  const data = { cart: { count: 1, lines } };
  const timeouts = { idleTimeoutMs: HOUR / 2, absoluteTimeoutMs: 12 * HOUR };
  const created = await node.create({ key, data, system: {}, ...timeouts });
  expect(created).toMatchObject({ status: 'committed', copies: 1 });
  return key;
}

describe.each([
  ['in clear', false],
  ['sealed', true],
])('a small change, %s', (_name, sealed) => {
  it.each([1000, 200_000])(
    'costs at most 150 bytes on the bus for a session of %i',
    async (bytes) => {
      const { nodes, sent } = await twoNodes(sealed);
      const [owner] = nodes;
      const key = await sessionOf(owner, bytes);
      // As long as numbers get in an hour or two.
      for (let count = 0; count < 300; count++) {
        const opened = await owner.open(key);
        if (opened.status !== 'found') throw new Error(opened.status);
        const base = opened.snapshot.version;
        const operations = [
          { kind: 'set', path: ['data', 'cart', 'count'], value: count },
        ] as const;
        expect(await owner.commit({ key, base, operations })).toMatchObject({ copies: 1 });
      }
      const changes = sent.filter(({ kind }) => kind === 'replicate').slice(-300);
      expect(changes).toHaveLength(300);
      expect(Math.max(...changes.map((each) => each.bytes))).toBeLessThanOrEqual(MAX_BYTES);
      const answers = sent.filter(({ kind }) => kind === 'replicated');
      expect(Math.max(...answers.slice(-300).map((each) => each.bytes))).toBeLessThan(70);
    },
  );

  it.each([1000, 200_000])(
    'made at another node costs at most 150 bytes each way for a session of %i',
    async (bytes) => {
      const { nodes, sent } = await twoNodes(sealed);
      const [owner, other] = nodes;
      const key = await sessionOf(owner, bytes);
      const opened = await other.open(key);
      if (opened.status !== 'found') throw new Error(opened.status);
      let { snapshot } = opened;
      sent.length = 0;
      for (let count = 0; count < 10; count++) {
        const base = snapshot.version;
        const operations = [
          { kind: 'set', path: ['data', 'cart', 'count'], value: count },
        ] as const;
        const result = await other.commit({ key, base, snapshot, operations });
        if (result.status !== 'committed') throw new Error(result.status);
        expect(result).toMatchObject({ copies: 1, owner: owner.label });
        snapshot = { ...snapshot, ...result };
      }
      for (const kind of ['call', 'result', 'replicate']) {
        const frames = sent.filter((each) => each.kind === kind);
        expect(frames).toHaveLength(10);
        expect(Math.max(...frames.map((each) => each.bytes))).toBeLessThanOrEqual(MAX_BYTES);
      }
      const held = await owner.open(key);
      expect(held).toMatchObject({
        snapshot: { version: snapshot.version, document: snapshot.document },
      });
    },
  );

  it('made at another node comes back whole when others changed the session meanwhile', async () => {
    const { nodes } = await twoNodes(sealed);
    const [owner, other] = nodes;
    const key = await sessionOf(owner, 1000);
    const opened = await other.open(key);
    if (opened.status !== 'found') throw new Error(opened.status);
    const { snapshot } = opened;
    const base = snapshot.version;
    const set = (name: string) => [{ kind: 'set', path: ['data', name], value: 1 }] as const;
    await owner.commit({ key, base, operations: set('left') });
    const result = await other.commit({ key, base, snapshot, operations: set('right') });
    expect(result).toMatchObject({ document: { data: { left: 1, right: 1 } } });
  });
});
