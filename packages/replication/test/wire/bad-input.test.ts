import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FrameCodec } from '../../src/codec/frame-codec.js';
import { packValue } from '../../src/codec/msgpack.js';
import type { Message } from '../../src/core/messages.js';
import type { ClusterEvent } from '../../src/node/api/cluster-api.js';
import { SessionCluster } from '../../src/node/session-cluster.js';
import { Subjects } from '../../src/node/wire/subjects.js';
import {
  createMemoryBus,
  type MemoryTransport,
  memoryTransport,
} from '../../src/transport/index.js';
import { keyFor } from '../cluster/start-cluster.js';
import { SAMPLE_MESSAGES, SAMPLES } from './sample-messages.js';

const HOUR = 3_600_000;
const LANES = ['control', 'replication', 'bulk'] as const;
const CLUSTER = 'test';
/** Where a node listens: with everyone, on each lane by its name, and on each lane for what nobody takes. */
const SUBSCRIPTIONS = 1 + 2 * LANES.length;

let nodes: SessionCluster[] = [];
let stranger: MemoryTransport;
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await stranger?.close();
});

/** Three nodes with sessions on a bus that a stranger has joined. */
async function besieged() {
  const bus = createMemoryBus();
  stranger = memoryTransport({ bus });
  nodes = await Promise.all(
    ['n1', 'n2', 'n3'].map((id) =>
      SessionCluster.start({
        transport: memoryTransport({ bus }),
        cluster: { name: CLUSTER },
        node: { id, label: id },
        joinMs: 100,
      }),
    ),
  );
  await allActive();
  const events: ClusterEvent[] = [];
  for (const node of nodes) node.on((event) => events.push(event));
  const keys: string[] = [];
  for (const node of nodes) {
    for (let count = 0; count < 5; count++) {
      const key = keyFor(node);
      keys.push(key);
      await node.create({
        key,
        data: { key, n: 0 },
        system: {},
        idleTimeoutMs: HOUR,
        absoluteTimeoutMs: HOUR,
      });
    }
  }
  return { keys, events };
}

/** Publishes on every subject that any node listens to. */
function publishEverywhere(payload: Uint8Array): void {
  const subjects = new Subjects(CLUSTER);
  stranger.publish(subjects.all, payload);
  for (const { incarnation } of nodes) {
    for (const lane of LANES) stranger.publish(subjects.node(incarnation, lane), payload, { lane });
    stranger.publish(subjects.inbox(incarnation, 'n1~stranger'), payload);
  }
}

function refusals(events: readonly ClusterEvent[]): string[] {
  return events.flatMap((event) => (event.kind === 'frame-refused' ? [event.reason] : []));
}

/** Every session is there, everywhere, and can be changed, with a copy. */
async function expectIntact(keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    for (const node of nodes) {
      const opened = await node.open(key);
      if (opened.status !== 'found') throw new Error(`${key} is ${opened.status} at ${node.id}`);
      expect(opened.snapshot.document.data).toMatchObject({ key });
    }
    const [one] = nodes as [SessionCluster];
    const committed = await one.commit({
      key,
      base: { epoch: 0, seq: 0 },
      operations: [{ kind: 'increment', path: ['data', 'n'], by: 1 }],
    });
    expect(committed).toMatchObject({ status: 'committed', document: { data: { key, n: 1 } } });
  }
}

async function allActive(): Promise<void> {
  await vi.waitFor(() => {
    const incarnations = nodes.map((node) => node.incarnation).sort();
    for (const node of nodes) {
      const active = node.members().filter((member) => member.state === 'active');
      expect(active.map((member) => member.incarnation).sort()).toEqual(incarnations);
    }
  }, 30_000);
}

describe('a cluster on a bus with a stranger', () => {
  it('refuses random bytes and says so', async () => {
    const { keys, events } = await besieged();
    for (let count = 0; count < 200; count++) publishEverywhere(randomBytes(count));
    publishEverywhere(new Uint8Array(100_000));
    await stranger.flush();
    await vi.waitFor(() => expect(refusals(events).length).toBeGreaterThan(1000), 30_000);
    await expectIntact(keys);
  });

  it('refuses frames of another cluster and says so', async () => {
    const { keys, events } = await besieged();
    const other = new FrameCodec('another');
    for (const message of SAMPLE_MESSAGES) publishEverywhere(other.encode('n1~stranger', message));
    await stranger.flush();
    await vi.waitFor(() => expect(refusals(events)).not.toHaveLength(0), 30_000);
    expect(new Set(refusals(events))).toEqual(new Set(['frame refused: it is of another cluster']));
    await expectIntact(keys);
  });

  it('refuses every bit flip of its own frames, or lives with it', async () => {
    const { keys, events } = await besieged();
    const codec = new FrameCodec(CLUSTER);
    for (const message of SAMPLE_MESSAGES) {
      const frame = codec.encode('n1~stranger', message);
      for (let offset = 0; offset < frame.length; offset += 3) {
        const broken = frame.slice();
        broken[offset] = (broken[offset] as number) ^ (1 << (offset % 8));
        publishEverywhere(broken);
      }
      await stranger.flush();
    }
    await vi.waitFor(() => expect(refusals(events)).not.toHaveLength(0), 30_000);
    await allActive();
    await expectIntact(keys);
  });

  it('keeps its sessions whatever messages a stranger sends that it can read', async () => {
    const { keys } = await besieged();
    const codec = new FrameCodec(CLUSTER);
    for (const from of ['n9~stranger', 'n1~stranger', '', '*', 'a b', 'x.>', 'n'.repeat(64)]) {
      for (const message of harmful()) publishEverywhere(codec.encode(from, message));
      await stranger.flush();
    }
    await allActive();
    await expectIntact(keys);
  });

  it('refuses what nests without end, announces more than it brings, or names a prototype', async () => {
    const { keys, events } = await besieged();
    for (const [name, payload] of HOSTILE_PAYLOADS) {
      const before = refusals(events).length;
      publishEverywhere(frameOf(payload));
      await stranger.flush();
      // Every node on every subject it listens to.
      await vi.waitFor(
        () =>
          expect([name, refusals(events).length - before]).toEqual([
            name,
            SUBSCRIPTIONS * nodes.length,
          ]),
        30_000,
      );
    }
    expect('polluted' in {}).toBe(false);
    await expectIntact(keys);
  });

  it.each([
    ['is a bomb', bomb(64 * 1024 * 1024)],
    ['expands to more than it announces', bomb(64 * 1024 * 1024, 1000)],
    ['nests without end', nested([0x91], 100_000)],
    ['is nothing', new Uint8Array(0)],
  ])('loses a session whose only copy %s, and no other', async (_name, base) => {
    const { keys, events } = await besieged();
    const key = keyFor(nodes[0] as SessionCluster);
    const codec = new FrameCodec(CLUSTER);
    const copy = {
      epoch: 1,
      seq: 3,
      owner: 'n9~stranger',
      backups: [],
      base,
      tail: [],
      idleRemainingMs: HOUR,
      absoluteRemainingMs: HOUR,
    };
    publishEverywhere(
      codec.encode('n9~stranger', {
        kind: 'replicate',
        linkEpoch: 1,
        linkSeq: 1,
        entries: [{ kind: 'snapshot', key, copy }],
      }),
    );
    await stranger.flush();
    const [one] = nodes as [SessionCluster];
    expect(await one.open(key)).toEqual({ status: 'unknown' });
    expect(refusals(events).join()).toMatch(/unreadable/);
    await expectIntact(keys);
  });

  it('keeps its sessions when a stranger accuses and buries its nodes', async () => {
    const { keys } = await besieged();
    const codec = new FrameCodec(CLUSTER);
    for (let round = 0; round < 5; round++) {
      for (const { incarnation, label } of nodes) {
        for (const message of [
          { kind: 'accuse', incarnation },
          { kind: 'obituary', incarnation },
          { kind: 'witness', label },
        ] as const) {
          publishEverywhere(codec.encode(`n9~stranger${round}`, message));
        }
      }
      await stranger.flush();
    }
    await allActive();
    await expectIntact(keys);
  });

  it('keeps its sessions when answers come that nobody asked for', async () => {
    const { keys } = await besieged();
    const codec = new FrameCodec(CLUSTER);
    const answers = SAMPLE_MESSAGES.filter(({ kind }) =>
      ['result', 'moved', 'located', 'claimed', 'buried', 'granted', 'replicated'].includes(kind),
    );
    const lies = (async () => {
      for (let request = 1; request < 120; request++) {
        for (const answer of answers) {
          publishEverywhere(codec.encode('n9~stranger', { ...answer, request } as Message));
        }
        await stranger.flush();
      }
    })();
    await Promise.all([lies, expectIntact(keys)]);
  });
});

/** A payload behind the header of a proper frame. */
function frameOf(payload: Uint8Array): Uint8Array {
  const from = 'n9~stranger';
  const header = new FrameCodec(CLUSTER).encode(from, { kind: 'probe' }).slice(0, 9 + from.length);
  return Buffer.concat([header, payload]);
}

function nested(opening: readonly number[], depth: number): Uint8Array {
  return new Uint8Array([...Array(depth).fill(opening).flat(), 0xc0]);
}

/** A list, map, text, bytes or extension that says it has so many. */
function announcing(type: number, count: number): Uint8Array {
  const bytes = Buffer.alloc(6);
  bytes[0] = type;
  bytes.writeUInt32BE(count, 1);
  return bytes;
}

function bomb(bytes: number, announced = bytes): Uint8Array {
  const head = Buffer.from([0xc1, 1, 0, 0, 0, 0]);
  head.writeUInt32BE(announced, 2);
  return Buffer.concat([head, deflateRawSync(Buffer.alloc(bytes))]);
}

/** A commit whose path or value has this name somewhere. */
function naming(name: string, where: 'path' | 'value' | 'area'): Uint8Array {
  const value = where === 'value' ? JSON.parse(`{"${name}":{"polluted":1}}`) : 1;
  const path = { path: ['data', name, 'polluted'], value: ['data', 'a'], area: [name, 'polluted'] };
  const operation = [0, [path[where], value]];
  const key = Buffer.alloc(32, 1);
  const fields = [key, ['stranger', 1, 0], [1, 1], [operation], false, 1, null, null];
  return packValue([CALL, [1, [COMMIT, fields]]]);
}

const CALL = Object.keys(SAMPLES).indexOf('call');
const COMMIT = 2;

const HOSTILE_PAYLOADS: readonly (readonly [string, Uint8Array])[] = [
  ['lists', nested([0x91], 10_000)],
  ['lists, deeper', nested([0x91], 300_000)],
  ['maps', nested([0x81, 0xa1, 0x61], 10_000)],
  ['lists of two', nested([0x92, 0xc0], 100_000)],
  ['sets', nested([0xd4, 0x73, 0x00, 0x91], 10_000)],
  ['extensions', nested([0xc7, 0xff, 0x4d], 10_000)],
  ...[0xdd, 0xdf, 0xdb, 0xc6, 0xc9].flatMap((type) =>
    [1_000_000, 30_000_000, 0x7fff_ffff, 0xffff_ffff].map(
      (count) => [`${type} of ${count}`, announcing(type, count)] as const,
    ),
  ),
  ...['__proto__', 'constructor', 'prototype'].flatMap((name) => [
    [`path ${name}`, naming(name, 'path')] as const,
    [`area ${name}`, naming(name, 'area')] as const,
  ]),
  ['value constructor', naming('constructor', 'value')],
  ['value prototype', naming('prototype', 'value')],
  ['nothing', new Uint8Array(0)],
  ['two values', new Uint8Array([0xc0, 0xc0])],
];

/** All that does not end or drain by itself what it names: who may speak may do that. */
function harmful(): Message[] {
  return SAMPLE_MESSAGES.filter(({ kind }) => kind !== 'set-state');
}
