import { createHash, randomBytes } from 'node:crypto';
import { vi } from 'vitest';
import type { ClusterOptions } from '../../src/node/options.js';
import { SessionCluster } from '../../src/node/session-cluster.js';
import {
  createMemoryBus,
  type MemoryTransport,
  memoryTransport,
} from '../../src/transport/index.js';

export interface TestCluster {
  readonly nodes: SessionCluster[];
  /** Adds a node and waits until it serves. */
  add(id: string): Promise<SessionCluster>;
  /** As kill -9 does: the node is gone without a word. */
  kill(node: SessionCluster): void;
  /** Pulls the node's cable; the node goes on. */
  cut(node: SessionCluster): void;
  mend(node: SessionCluster): void;
  close(): Promise<void>;
}

export function newKey(): string {
  return createHash('sha256').update(randomBytes(32)).digest('base64url');
}

/** A key that this node ranks first for. */
export function keyFor(node: SessionCluster): string {
  for (;;) {
    const key = newKey();
    if (node.wouldOwn(key)) return key;
  }
}

/** Several nodes in this process on one in-memory bus: the real engine, the real codec. */
export async function startCluster(
  count: number,
  /** Made for each node, where nodes must not share what they are given. */
  options: Partial<ClusterOptions> | ((id: string) => Partial<ClusterOptions>) = {},
): Promise<TestCluster> {
  const bus = createMemoryBus();
  const transports = new Map<SessionCluster, MemoryTransport>();
  const nodes: SessionCluster[] = [];
  const add = async (id: string): Promise<SessionCluster> => {
    const transport = memoryTransport({ bus });
    const node = await SessionCluster.start({
      transport,
      cluster: { name: 'test' },
      node: { id, label: id },
      joinMs: 100,
      ...(typeof options === 'function' ? options(id) : options),
    });
    transports.set(node, transport);
    nodes.push(node);
    return node;
  };
  await Promise.all(Array.from({ length: count }, (_, index) => add(`n${index + 1}`)));
  await vi.waitFor(() => {
    for (const node of nodes) {
      const active = node.members().filter((member) => member.state === 'active');
      if (active.length !== count) throw new Error(`${node.id} sees ${active.length} active`);
    }
  }, 30_000);
  nodes.sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    nodes,
    add,
    kill(node) {
      transports.get(node)?.disconnect();
      nodes.splice(nodes.indexOf(node), 1);
      void node.stop();
    },
    cut: (node) => transports.get(node)?.disconnect(),
    mend: (node) => transports.get(node)?.connect(),
    async close() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
