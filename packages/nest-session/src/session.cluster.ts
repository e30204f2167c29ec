import type { Logger } from '@nestjs/common';
import {
  type Cluster,
  memoryTransport,
  natsTransport,
  SessionCluster,
  type Transport,
} from '@understudy/replication';
import type { SessionClusterOptions } from './options/cluster.js';
import type { NormalizedSessionOptions } from './options/normalize-options.js';

/** Attempts after which a bus that stays away is mentioned again only now and then. */
const ATTEMPTS_LOGGED = 3;
const LOG_EVERY = 10;

/** The options that are the engine's. */
export type EngineOptions = Pick<NormalizedSessionOptions, 'cluster'> &
  Partial<Pick<NormalizedSessionOptions, 'maxMemoryBytes' | 'tier' | 'store' | 'clock'>>;

/** Starts this application's node: alone in memory, or in a cluster over its bus. */
export async function startCluster(options: EngineOptions, logger: Logger): Promise<Cluster> {
  const { cluster, maxMemoryBytes, tier, store, clock } = options;
  if (store) return store.start();
  if (!cluster) {
    return SessionCluster.start({
      transport: memoryTransport({ logger }),
      joinMs: 0,
      tier,
      clock,
      logger,
    });
  }
  const { name, keyring, acceptPlain, node, zone } = cluster;
  const { backups, durability, onIsolation, timings, repair, callTimeoutMs, joinMs } = cluster;
  return SessionCluster.start({
    transport: await openTransport(cluster, logger),
    cluster: { name, keyring, acceptPlain },
    node: { zone, ...node },
    backups,
    durability,
    onIsolation,
    timings,
    repair,
    callTimeoutMs,
    joinMs,
    memory: { maxBytes: maxMemoryBytes },
    tier,
    clock,
    logger,
  });
}

/** Waits for a bus that is not there yet, and says which one it waits for. */
async function openTransport(options: SessionClusterOptions, logger: Logger): Promise<Transport> {
  const { servers, transport, name, user, pass, token, tls } = options;
  if (transport) return transport;
  return natsTransport({
    servers: servers ?? [],
    name: `understudy-${name ?? 'default'}`,
    user,
    pass,
    token,
    ...(tls ? { tls } : {}),
    logger,
    onWaiting: ({ servers: addresses, attempt, error }) => {
      if (attempt > ATTEMPTS_LOGGED && attempt % LOG_EVERY !== 0) return;
      logger.warn(
        `no bus at ${addresses.join(', ')} yet (attempt ${attempt}: ${error.message}); retrying`,
      );
    },
  });
}
