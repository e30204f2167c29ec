import { afterEach, describe, expect, it, vi } from 'vitest';
import { FrameCodec } from '../../src/codec/frame-codec.js';
import { message as version1 } from '../../src/codec/message-schema.js';
import type { Schema } from '../../src/codec/schema.js';
import type { WireAbilities } from '../../src/core/membership/wire-abilities.js';
import type { Heartbeat, Message } from '../../src/core/messages.js';
import { SessionCluster } from '../../src/node/session-cluster.js';
import { FrameStyles } from '../../src/node/wire/frame-styles.js';
import { Subjects } from '../../src/node/wire/subjects.js';
import {
  createMemoryBus,
  type MemoryTransport,
  memoryTransport,
} from '../../src/transport/index.js';

const CLUSTER = 'versions';
const NEWER = 'n9~b00tb00tb00t';

/**
 * How a second version would be added: a layout of its own beside the first. This one writes the
 * fields of a message in the opposite order, which no reader of the first could understand.
 */
const version2: Schema<Message> = {
  pack: (value) => [...(version1.pack(value) as unknown[])].reverse(),
  read: (raw, where) => version1.read(Array.isArray(raw) ? [...raw].reverse() : raw, where),
};

const LAYOUTS = new Map([
  [1, version1],
  [2, version2],
]);

/** Codec of a release that reads and writes both. */
const newer = () => new FrameCodec(CLUSTER, { layouts: LAYOUTS });
const ONLY_1: WireAbilities = { wire: { min: 1, max: 1 } };

function stylesAmong(codec: FrameCodec, live: readonly WireAbilities[]): FrameStyles {
  return new FrameStyles(codec.abilities, { live: () => live, of: () => live[0] });
}

describe('a node of a newer release', () => {
  it('says which versions it reads', () => {
    expect(newer().abilities.wire).toEqual({ min: 1, max: 2 });
  });

  it.each([
    ['has heard nobody', [], 1],
    ['is among nodes of both releases', [newer().abilities, ONLY_1], 1],
    ['is among nodes that do not say what they read', [newer().abilities, {}], 1],
    ['is among its like', [newer().abilities, newer().abilities], 2],
  ])('writes what all read when it %s', (_name, live, version) => {
    const codec = newer();
    const styles = stylesAmong(codec, live);
    for (const style of [styles.toAll(), styles.to('n2~b00tb00tb00t')]) {
      const frame = codec.encode(NEWER, { kind: 'buried', request: 7 }, style);
      expect(frame[2]).toBe(version);
      expect(newer().decode(frame).message).toEqual({ kind: 'buried', request: 7 });
    }
  });

  it('is understood by an older one only in what both read', () => {
    const message = { kind: 'buried', request: 7 } as const;
    const older = new FrameCodec(CLUSTER);
    expect(older.decode(newer().encode(NEWER, message, { version: 1 })).message).toEqual(message);
    expect(() => older.decode(newer().encode(NEWER, message, { version: 2 }))).toThrow(
      `${NEWER} wrote wire version 2, this node reads 1`,
    );
    expect(() => older.encode(NEWER, message, { version: 2 })).toThrow(/cannot be written/);
  });
});

describe('a cluster of this release, joined by a newer one', () => {
  let node: SessionCluster;
  let transport: MemoryTransport;
  afterEach(async () => {
    await node.stop();
    await transport.close();
  });

  it('takes it in, is answered in what it reads, and refuses by name what it cannot read', async () => {
    const bus = createMemoryBus();
    transport = memoryTransport({ bus });
    node = await SessionCluster.start({
      transport: memoryTransport({ bus }),
      cluster: { name: CLUSTER },
      node: { id: 'n1' },
      joinMs: 0,
    });
    const refusals: string[] = [];
    node.on((event) => {
      if (event.kind === 'frame-refused') refusals.push(event.reason);
    });
    const codec = newer();
    const subjects = new Subjects(CLUSTER);
    const heard: Message[] = [];
    for (const subject of [subjects.all, subjects.node(NEWER, 'control')]) {
      transport.subscribe(subject, ({ payload, noResponders }) => {
        if (!noResponders) heard.push(codec.decode(payload).message);
      });
    }
    const heartbeat: Heartbeat = {
      kind: 'heartbeat',
      state: 'active',
      id: 'n9',
      label: 'n9',
      weight: 1,
      owned: 0,
      held: 0,
      ...codec.abilities,
    };
    transport.publish(subjects.all, codec.encode(NEWER, heartbeat));
    await vi.waitFor(
      () => expect(node.members().map(({ id }) => id)).toEqual(['n1', 'n9']),
      30_000,
    );
    await vi.waitFor(() => {
      expect(heard).toContainEqual(
        expect.objectContaining({ kind: 'heartbeat', id: 'n1', wire: { min: 1, max: 1 } }),
      );
    }, 30_000);
    expect(refusals).toEqual([]);
    transport.publish(subjects.all, codec.encode(NEWER, heartbeat, { version: 2 }));
    await vi.waitFor(() => {
      expect(refusals).toEqual([`frame refused: ${NEWER} wrote wire version 2, this node reads 1`]);
    }, 30_000);
  });
});
