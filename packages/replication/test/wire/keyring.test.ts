import { afterEach, describe, expect, it, vi } from 'vitest';
import { FrameCodec } from '../../src/codec/frame-codec.js';
import { Keyring, type KeyringKey } from '../../src/codec/seal.js';
import type { ClusterEvent } from '../../src/node/api/cluster-api.js';
import type { ClusterObserver } from '../../src/node/api/observer-api.js';
import { SessionCluster } from '../../src/node/session-cluster.js';
import { observeCluster } from '../../src/node/telemetry/cluster-observer.js';
import { Subjects } from '../../src/node/wire/subjects.js';
import {
  createMemoryBus,
  type MemoryBus,
  type MemoryTransport,
  memoryTransport,
} from '../../src/transport/index.js';
import { keyFor } from '../cluster/start-cluster.js';

const HOUR = 3_600_000;
const CLUSTER = 'sealed';
const OLD = { id: 'old', secret: 'the first secret of this cluster, 2025' };
const NEW = { id: 'new', secret: 'the second secret of this cluster, 2026' };

interface Keys {
  readonly keyring?: readonly KeyringKey[];
  readonly acceptPlain?: boolean;
}

let bus: MemoryBus;
let nodes = new Map<string, SessionCluster>();
let refusals: string[] = [];
let wiretap: Uint8Array[] = [];
let strangers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all([...nodes.values()].map((node) => node.stop()));
  await Promise.all(strangers.map((each) => each.close()));
  nodes = new Map();
  refusals = [];
  wiretap = [];
  strangers = [];
});

async function start(id: string, keys: Keys): Promise<SessionCluster> {
  const node = await SessionCluster.start({
    transport: memoryTransport({ bus }),
    cluster: { name: CLUSTER, ...keys },
    node: { id, label: id },
    joinMs: 100,
  });
  node.on((event: ClusterEvent) => {
    if (event.kind === 'frame-refused') refusals.push(`${id}: ${event.reason}`);
  });
  nodes.set(id, node);
  return node;
}

/** As a rollout does it: the node leaves, and its successor has the new configuration. */
async function restart(id: string, keys: Keys): Promise<SessionCluster> {
  await nodes.get(id)?.drain();
  await nodes.get(id)?.stop();
  nodes.delete(id);
  const node = await start(id, keys);
  await allSeeAll();
  return node;
}

async function startAll(ids: readonly string[], keys: Keys): Promise<void> {
  bus = createMemoryBus();
  await Promise.all(ids.map((id) => start(id, keys)));
  await allSeeAll();
  const tap = memoryTransport({ bus });
  tap.subscribe('us1.>', ({ payload }) => wiretap.push(new Uint8Array(payload)));
  strangers.push(tap);
}

async function allSeeAll(): Promise<void> {
  await vi.waitFor(() => {
    for (const node of nodes.values()) {
      const active = node.members().filter(({ state }) => state === 'active');
      expect(active.map(({ id }) => id).sort()).toEqual([...nodes.keys()].sort());
    }
  }, 30_000);
}

async function newSession(): Promise<string> {
  const [node] = nodes.values() as unknown as [SessionCluster];
  const key = keyFor(node);
  const timeouts = { idleTimeoutMs: HOUR, absoluteTimeoutMs: HOUR };
  const created = await node.create({ key, data: { n: 0 }, system: {}, ...timeouts });
  expect(created).toMatchObject({ status: 'committed', copies: 1 });
  return key;
}

/** A change made at every node reaches the session, with a copy. */
async function changeEverywhere(key: string): Promise<number> {
  let n = 0;
  for (const node of nodes.values()) {
    const base = { epoch: 0, seq: 0 };
    const operations = [{ kind: 'increment', path: ['data', 'n'], by: 1 }] as const;
    const result = await node.commit({ key, base, operations });
    expect(result).toMatchObject({ status: 'committed', copies: 1 });
    if (result.status === 'committed') n = result.document.data.n as number;
  }
  return n;
}

const fingerprintOf = (key: KeyringKey) => new Keyring(CLUSTER, [key]).fingerprints[0] as number;

/** Names of the keys that frames since the last look were sealed with. */
function keysOnTheWire(): string[] {
  const names = new Map([
    [fingerprintOf(OLD), 'old'],
    [fingerprintOf(NEW), 'new'],
  ]);
  const seen = wiretap.splice(0).map((frame) => {
    const flags = frame[3] as number;
    if ((flags & 1) === 0) return 'plain';
    const at = (flags & 2) === 0 ? 9 + (frame[8] as number) : 17;
    return names.get(Buffer.from(frame).readUInt32BE(at)) ?? 'unknown';
  });
  return [...new Set(seen)].sort();
}

async function expectOnlyOnTheWire(name: string): Promise<void> {
  await vi.waitFor(() => {
    wiretap.splice(0, wiretap.length - 20);
    expect(wiretap).toHaveLength(20);
    expect(keysOnTheWire()).toEqual([name]);
  }, 30_000);
}

describe('a cluster with a keyring', () => {
  it('seals all that it sends, and serves', async () => {
    await startAll(['n1', 'n2', 'n3'], { keyring: [OLD] });
    const key = await newSession();
    await changeEverywhere(key);
    await expectOnlyOnTheWire('old');
    expect(refusals).toEqual([]);
  });

  it('refuses what is not sealed, forged, or came before, and says so', async () => {
    await startAll(['n1', 'n2'], { keyring: [OLD] });
    const key = await newSession();
    await changeEverywhere(key);
    const stranger: MemoryTransport = memoryTransport({ bus });
    strangers.push(stranger);
    const subjects = new Subjects(CLUSTER);
    const drain = { kind: 'set-state', id: 'n1', state: 'drain' } as const;
    const forger = new Keyring(CLUSTER, [{ ...OLD, secret: 'guessed'.padEnd(40, '!') }]);
    const recorded = wiretap.slice();
    stranger.publish(subjects.all, new FrameCodec(CLUSTER).encode('n9~b00tb00tb00t', drain));
    const forged = new FrameCodec(CLUSTER, { keyring: forger }).encode('n9~b00tb00tb00t', drain);
    stranger.publish(subjects.all, forged);
    for (const frame of recorded) {
      stranger.publish(subjects.all, frame);
      for (const { incarnation } of nodes.values()) {
        stranger.publish(subjects.node(incarnation, 'control'), frame);
        stranger.publish(subjects.node(incarnation, 'replication'), frame, { lane: 'replication' });
      }
    }
    await stranger.flush();
    const reasons = () => refusals.join('\n');
    await vi.waitFor(() => {
      expect(reasons()).toMatch(/n1: frame refused: it is not sealed/);
      expect(reasons()).toMatch(/n1: .*key that this node does not have/);
      expect(reasons()).toMatch(/n1: .*came again/);
      expect(reasons()).toMatch(/n2: .*seal does not hold/);
    }, 30_000);
    await allSeeAll();
    expect(await changeEverywhere(key)).toBe(4);
  });

  it('changes its key node by node, without an interruption', async () => {
    await startAll(['n1', 'n2', 'n3'], { keyring: [OLD] });
    const key = await newSession();
    let n = await changeEverywhere(key);
    for (const keyring of [[NEW, OLD], [NEW]]) {
      for (const id of ['n1', 'n2', 'n3']) {
        await restart(id, { keyring });
        expect(await changeEverywhere(key)).toBe(n + 3);
        n += 3;
      }
      await expectOnlyOnTheWire('new');
    }
  });

  it('goes back to the older key while a node without the new one is there', async () => {
    await startAll(['n1', 'n2'], { keyring: [NEW, OLD] });
    await expectOnlyOnTheWire('new');
    await start('n3', { keyring: [OLD] });
    await allSeeAll();
    await expectOnlyOnTheWire('old');
    await changeEverywhere(await newSession());
  });

  it('gets its first keyring without an interruption', async () => {
    await startAll(['n1', 'n2', 'n3'], {});
    const key = await newSession();
    let n = await changeEverywhere(key);
    for (const keys of [{ keyring: [NEW], acceptPlain: true }, { keyring: [NEW] }]) {
      for (const id of ['n1', 'n2', 'n3']) {
        await restart(id, keys);
        expect(await changeEverywhere(key)).toBe(n + 3);
        n += 3;
      }
      await expectOnlyOnTheWire('new');
    }
  });

  it('is seen and told by a balancer that has the keys, and by no other', async () => {
    await startAll(['n1', 'n2'], { keyring: [NEW, OLD] });
    const warnings: string[] = [];
    const observe = (keyring?: readonly KeyringKey[]): Promise<ClusterObserver> =>
      observeCluster({
        transport: memoryTransport({ bus }),
        cluster: CLUSTER,
        keyring,
        logger: { debug() {}, log() {}, error() {}, warn: (text) => void warnings.push(text) },
      });
    const balancer = await observe([NEW, OLD]);
    const blind = await observe();
    strangers.push(balancer, blind);
    await vi.waitFor(() => expect(balancer.members()).toHaveLength(2), 30_000);
    await vi.waitFor(
      () => expect(warnings.join()).toMatch(/sealed, and this node has no keyring/),
      30_000,
    );
    expect(blind.members()).toEqual([]);
    await balancer.requestState('n1', 'drain');
    await vi.waitFor(() => expect(nodes.get('n1')?.status().state).toBe('draining'), 30_000);
  });
});
