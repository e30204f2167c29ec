import type { Type } from '@nestjs/common';
import {
  type Cluster,
  createMemoryBus,
  type KeyringKey,
  type MemoryBus,
  memoryTransport,
  type Transport,
} from '@understudy/replication';
import { SESSION_CLUSTER, type SessionModuleOptions } from '../../src/index.js';
import {
  type Adapter,
  type AppSettings,
  LogKeeper,
  type RunningApp,
  startApp,
} from './start-app.js';
import { until } from './until.js';

export interface RunningCluster {
  readonly nodes: readonly RunningNode[];
  close(): Promise<void>;
}

export interface RunningNode extends RunningApp {
  readonly label: string;
  readonly cluster: Cluster;
  /** Pulls the cable to the other nodes. */
  readonly cable: ReturnType<typeof memoryTransport>;
}

export interface ClusterSettings {
  readonly adapter: Adapter;
  readonly size: number;
  readonly controllers: readonly Type<unknown>[];
  readonly options?: SessionModuleOptions;
  readonly imports?: AppSettings['imports'];
  readonly prepare?: AppSettings['prepare'];
  readonly onIsolation?: 'serve' | 'refuse';
  readonly keyring?: readonly KeyringKey[];
  /** For what asks so much at once that a busy machine is not through with it in the default of 5 s. */
  readonly callTimeoutMs?: number;
  /** Default: one of its own. */
  readonly bus?: MemoryBus;
}

/** The options of one node; another one of the same label on the same bus replaces it. */
export const nodeOptions = (
  label: string,
  transport: Transport,
  more: SessionModuleOptions['cluster'] = {},
): SessionModuleOptions => ({
  secret: 'a secret that all nodes of the test share',
  cluster: {
    transport,
    name: 'test',
    node: { id: label, label },
    // A node whose cable was pulled has nobody to hand over to.
    drainDeadline: '1s',
    ...more,
  },
});

/** Several applications in one process, each with its own server and node, on one bus. */
export async function startCluster(settings: ClusterSettings): Promise<RunningCluster> {
  const { adapter, size, controllers, options, imports, prepare } = settings;
  const { onIsolation, keyring, callTimeoutMs } = settings;
  const bus = settings.bus ?? createMemoryBus();
  // Nest's logger is one for the whole process.
  const logs = new LogKeeper();
  const nodes = await Promise.all(
    Array.from({ length: size }, async (_, index): Promise<RunningNode> => {
      const label = `n${index + 1}`;
      const cable = memoryTransport({ bus });
      const running = await startApp({
        adapter,
        controllers,
        ...(imports ? { imports } : {}),
        ...(prepare ? { prepare } : {}),
        logs,
        options: {
          ...nodeOptions(label, cable, { onIsolation, keyring, callTimeoutMs }),
          ...options,
        },
      });
      return { ...running, label, cable, cluster: running.app.get<Cluster>(SESSION_CLUSTER) };
    }),
  );
  await until(() =>
    nodes.every(
      ({ cluster }) =>
        cluster.members().filter((member) => member.state === 'active').length === size,
    ),
  );
  return {
    nodes,
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()));
    },
  };
}
