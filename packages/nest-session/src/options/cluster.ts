import type {
  ClusterOptions,
  Durability,
  KeyringKey,
  NatsTlsOptions,
  NodeOptions,
  Transport,
} from '@understudy/replication';
import { SessionOptionError } from '../errors.js';
import { type ByteSize, byteSizeOption } from './byte-size.js';
import { DURABILITIES } from './durability.js';
import { type Duration, durationOption, MINUTE_MS } from './duration.js';
import { oneOf } from './one-of.js';
import { checkGroupNames, type OptionNames } from './option-names.js';

/** How this node takes part in a cluster. */
export interface SessionClusterOptions {
  /** Addresses of NATS servers, such as `nats://10.0.0.5:4222`. */
  readonly servers?: string | readonly string[] | undefined;
  /** A bus of your own in place of `servers`: an open NATS connection, or memory for tests. */
  readonly transport?: Transport | undefined;
  /** Keeps clusters on one bus apart: `[A-Za-z0-9_-]{1,64}`. Default `default`. */
  readonly name?: string | undefined;
  /**
   * Seals every message between the nodes (AES-256-GCM), newest key first; secrets of at least 32
   * bytes or characters, the same on all nodes. Default: none, whoever can use the bus is trusted.
   */
  readonly keyring?: readonly KeyringKey[] | undefined;
  /** Only while a keyring is introduced: messages that are not sealed are taken. Default `false`. */
  readonly acceptPlain?: boolean | undefined;
  /** This node: its id, label, zone, weight and where it takes HTTP. */
  readonly node?: NodeOptions | undefined;
  /** Shorthand for `node.zone`: copies go to other zones first. */
  readonly zone?: string | undefined;
  /** Copies of each session on other nodes, 0 to 5. Default 1. */
  readonly backups?: number | undefined;
  /** How many copies a response waits for. Default `backup` (one). `@Durability()` per route. */
  readonly durability?: Durability | undefined;
  /**
   * Writes while no other node can hold a copy, and reads on a node that has lost the bus. Default
   * `serve`, counted and shown; `refuse` answers neither.
   */
  readonly onIsolation?: 'serve' | 'refuse' | undefined;
  /** Failure detection and retries. Default `local`. */
  readonly timings?: ClusterOptions['timings'];
  /** What this node may hold in memory. Default: no bound. */
  readonly memory?: MemoryOptions | undefined;
  /** How lost copies are made up for. */
  readonly repair?: ClusterOptions['repair'];
  /** How long a call to the cluster may take altogether, 100 to 60000 ms. Default 5000. */
  readonly callTimeoutMs?: number | undefined;
  /** How long a starting node listens for others before it serves, 0 to 10000 ms. Default 400. */
  readonly joinMs?: number | undefined;
  /** How long a leaving node tries to hand its sessions over, 0s to 10m. Default `30s`. */
  readonly drainDeadline?: Duration | undefined;
  /** Passed to the official NATS client, with `pass`. Default: what the address carries. */
  readonly user?: string | undefined;
  /** With `user`. */
  readonly pass?: string | undefined;
  /** In place of `user` and `pass`. */
  readonly token?: string | undefined;
  /**
   * `caFile`, and `certFile` and `keyFile` where the bus asks for a certificate. Default: TLS as the
   * system trusts it where an address begins with `tls://`, else none.
   */
  readonly tls?: NatsTlsOptions | undefined;
}

/** How much memory the sessions of a node may take. */
export interface MemoryOptions {
  /**
   * What the sessions and copies of this node may take, from `1mb`. Near it, sessions that a `tier`
   * has leave memory until they are asked for; at it new sessions are refused, instead of the process
   * growing until it is killed. Default: no bound.
   */
  readonly maxBytes?: ByteSize | undefined;
}

const MEMORY_OPTION_NAMES: OptionNames<MemoryOptions> = { maxBytes: true };

const REPAIR_OPTION_NAMES: OptionNames<NonNullable<ClusterOptions['repair']>> = {
  bytesPerSecond: true,
};

export const CLUSTER_OPTION_NAMES: OptionNames<SessionClusterOptions> = {
  servers: true,
  transport: true,
  name: true,
  keyring: true,
  acceptPlain: true,
  node: true,
  zone: true,
  backups: true,
  durability: true,
  onIsolation: true,
  timings: true,
  memory: true,
  repair: true,
  callTimeoutMs: true,
  joinMs: true,
  drainDeadline: true,
  user: true,
  pass: true,
  token: true,
  tls: true,
};

export interface NormalizedCluster {
  readonly cluster: SessionClusterOptions | undefined;
  readonly maxMemoryBytes: number | undefined;
  readonly drainDeadlineMs: number;
  readonly durability: Durability;
}

/** The engine checks the rest of what it is given, once it starts. */
export function normalizeCluster(cluster: SessionClusterOptions | undefined): NormalizedCluster {
  if (cluster) checkBus(cluster);
  checkGroupNames('cluster.memory', cluster?.memory, MEMORY_OPTION_NAMES);
  checkGroupNames('cluster.repair', cluster?.repair, REPAIR_OPTION_NAMES);
  return {
    cluster,
    maxMemoryBytes: maxMemoryBytesOf(cluster?.memory),
    drainDeadlineMs: durationOption('cluster.drainDeadline', cluster?.drainDeadline, 30_000, {
      min: 0,
      max: 10 * MINUTE_MS,
    }),
    durability: oneOf('cluster.durability', cluster?.durability ?? 'backup', DURABILITIES),
  };
}

function maxMemoryBytesOf({ maxBytes }: MemoryOptions = {}): number | undefined {
  if (maxBytes === undefined) return undefined;
  const range = { min: 2 ** 20, max: Number.MAX_SAFE_INTEGER };
  return byteSizeOption('cluster.memory.maxBytes', maxBytes, 0, range);
}

function checkBus({ servers, transport, keyring }: SessionClusterOptions): void {
  if ((servers === undefined) === (transport === undefined)) {
    throw new SessionOptionError('cluster.servers', servers, 'either servers or a transport');
  }
  // An empty list would be no keyring at all, and nobody would notice.
  if (keyring !== undefined && !(Array.isArray(keyring) && keyring.length > 0)) {
    const expected = 'a list of { id, secret }, newest first';
    throw new SessionOptionError('cluster.keyring', typeof keyring, expected);
  }
}
