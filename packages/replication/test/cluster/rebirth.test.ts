import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FrameCodec } from '../../src/codec/frame-codec.js';
import { SessionCluster } from '../../src/node/session-cluster.js';
import { Subjects } from '../../src/node/wire/subjects.js';
import {
  createMemoryBus,
  type MemoryTransport,
  memoryTransport,
} from '../../src/transport/index.js';

let node: SessionCluster;
let transport: MemoryTransport;
let foreign: MemoryTransport;
let attempts = 0;
/** Attempts to listen anew that fail. */
let failures = 0;
const warnings: string[] = [];

beforeEach(async () => {
  const bus = createMemoryBus();
  transport = memoryTransport({ bus });
  foreign = memoryTransport({ bus });
  [attempts, failures] = [0, 0];
  warnings.length = 0;
  const flush = transport.flush.bind(transport);
  transport.flush = async () => {
    if (failures > 0 && ++attempts <= failures) throw new Error('the bus is gone again');
    await flush();
  };
  node = await SessionCluster.start({
    transport,
    cluster: { name: 'test' },
    node: { id: 'n1', label: 'n1' },
    joinMs: 20,
    logger: { ...console, warn: (text: string) => warnings.push(text) },
  });
});
afterEach(async () => {
  await node.stop();
  await foreign.close();
});

const incarnation = (): string => node.members()[0]?.incarnation ?? '';

/** Tells the node that the others took it for dead. */
function declareDead(): void {
  const message = { kind: 'obituary', incarnation: incarnation() } as const;
  const subject = new Subjects('test').node(incarnation(), 'control');
  foreign.publish(subject, new FrameCodec('test').encode('n2~other', message), { lane: 'control' });
}

it('a node that was declared dead tries to join anew until it can', async () => {
  const former = incarnation();
  failures = 2;
  declareDead();
  await vi.waitFor(() => expect(incarnation()).not.toBe(former), 30_000);
  expect(attempts).toBeGreaterThanOrEqual(2);
  expect(warnings.filter((text) => text.includes('the bus is gone again'))).toHaveLength(2);
});

it('a node that is stopped while it joins anew stops', async () => {
  failures = Number.POSITIVE_INFINITY;
  declareDead();
  await vi.waitFor(() => expect(attempts).toBeGreaterThan(0), 30_000);
  await node.stop();
  expect(warnings).not.toEqual([]);
});
