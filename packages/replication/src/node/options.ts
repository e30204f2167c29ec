import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Keyring, KeyringKey } from '../codec/seal.js';
import type { CoreSettings } from '../core/context.js';
import { DEFAULT_REPAIR } from '../core/copies/repairs.js';
import { LIMITS } from '../core/limits.js';
import type { TierSettings } from '../core/tier/tier-port.js';
import { TIMINGS, type TimingProfile } from '../core/timings.js';
import { OptionError } from '../errors.js';
import type { Tier } from '../tiers/tier.js';
import type { Transport } from '../transport/transport.js';
import type { Durability } from './api/cluster-api.js';
import { type Clock, systemClock } from './driver/clock.js';
import { type ClusterLogger, silentLogger } from './telemetry/logger.js';
import { keyringOptions } from './wire/keyring-options.js';

export interface NodeOptions {
  /** Stable across restarts, unique in the cluster: `[A-Za-z0-9_-]{1,32}`. Default: from host and pid. */
  readonly id?: string | undefined;
  /** What cookies and headers show; opaque. Same shape. Default: a hash of cluster and id. */
  readonly label?: string | undefined;
  /** Failure domain; copies go to other zones first. Default: none. */
  readonly zone?: string | undefined;
  /** Share of new sessions relative to the other nodes. Default 1; 0 = holds copies of none. */
  readonly weight?: number | undefined;
  /** Where this node takes HTTP; told to balancers. Default: none. */
  readonly url?: string | undefined;
}

export interface ClusterOptions {
  readonly transport: Transport;
  readonly cluster?: {
    /** Keeps clusters on one bus apart: `[A-Za-z0-9_-]{1,64}`. Default `default`. */
    readonly name?: string | undefined;
    /**
     * Seals every frame between the nodes (AES-256-GCM), newest key first, 1 to 8. Nodes seal with
     * the newest key that all live members have and refuse frames that are not sealed. Default: none,
     * whoever can use the bus is trusted.
     */
    readonly keyring?: readonly KeyringKey[] | undefined;
    /**
     * Only while a keyring is introduced to a running cluster: frames that are not sealed are taken,
     * and written as long as some member has no key. Default `false`.
     */
    readonly acceptPlain?: boolean | undefined;
  };
  readonly node?: NodeOptions | undefined;
  /** Copies of each record on other nodes, 0 to 5. Default 1. More survive more, and cost a message each. */
  readonly backups?: number | undefined;
  /** How many copies a commit waits for. Default `backup` (one). */
  readonly durability?: Durability | undefined;
  /**
   * Writes while no other node can hold a copy, and reads on a node that has lost the bus. Default
   * `serve`, counted and shown; `refuse` answers neither.
   */
  readonly onIsolation?: 'serve' | 'refuse' | undefined;
  /** How lost copies are made up for; commits never wait for this. */
  readonly repair?:
    | {
        /**
         * Bytes of copies this node sends per second after another one died, drained or was away;
         * 65536 to 10^10. Default 20971520 (20 MB/s). Less leaves sessions with too few copies for
         * longer, more takes the bus from requests.
         */
        readonly bytesPerSecond?: number | undefined;
      }
    | undefined;
  readonly memory?: {
    /**
     * What the records of this node may take, 1 MiB at least: copies as they lie in memory, led ones
     * as estimated. From nine tenths on, records that a store has leave memory; at the bound new
     * sessions are refused. Default: no bound.
     */
    readonly maxBytes?: number | undefined;
  };
  /** Failure detection and retries. Default `local`. */
  readonly timings?: TimingProfile | undefined;
  /** How long a call may take altogether, 100 to 60000 ms. Default 5000. */
  readonly callTimeoutMs?: number | undefined;
  /** How long to listen for peers before serving, 0 to 10000 ms. Default 400. */
  readonly joinMs?: number | undefined;
  /**
   * A store behind the cluster, such as `redisTier({ url })`: sessions survive that all nodes are
   * down. Closed with the cluster. Default: none.
   */
  readonly tier?: Tier | undefined;
  readonly logger?: ClusterLogger | undefined;
  readonly clock?: Clock | undefined;
}

export interface NormalizedOptions {
  readonly transport: Transport;
  readonly clusterName: string;
  readonly keyring: Keyring | undefined;
  readonly acceptPlain: boolean;
  readonly settings: CoreSettings;
  readonly durability: Durability;
  readonly callTimeoutMs: number;
  readonly joinMs: number;
  readonly tier: Tier | undefined;
  readonly logger: ClusterLogger;
  readonly clock: Clock;
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const ID = /^[A-Za-z0-9_-]{1,32}$/;

/** Fewer would be no room for anything. */
const MIN_MEMORY_BYTES = 2 ** 20;

/** Checks everything once and fills in the defaults; throws {@link OptionError}. */
export function normalizeOptions(options: ClusterOptions): NormalizedOptions {
  const transport = transportOption(options?.transport);
  const clusterName = clusterNameOption('cluster.name', options.cluster?.name);
  const { keyring, acceptPlain } = keyringOptions(
    'cluster.',
    clusterName,
    options.cluster?.keyring,
    options.cluster?.acceptPlain,
  );
  const node = options.node ?? {};
  const id = matching('node.id', node.id ?? defaultId(), ID);
  const label = matching('node.label', node.label ?? defaultLabel(clusterName, id), ID);
  return {
    transport,
    clusterName,
    keyring,
    acceptPlain,
    settings: {
      id,
      label,
      zone: node.zone === undefined ? undefined : matching('node.zone', node.zone, NAME),
      weight: inRange('node.weight', node.weight ?? 1, 0, 1000),
      url: node.url === undefined ? undefined : httpUrl(node.url),
      pid: process.pid,
      backups: whole('backups', options.backups ?? 1, 0, 5),
      maxRecordBytes: maxRecordBytesOf(options.transport),
      tier: tierSettings(options.tier),
      maxMemoryBytes: maxMemoryBytesOf(options.memory?.maxBytes),
      onIsolation: choice('onIsolation', options.onIsolation ?? 'serve', ['serve', 'refuse']),
      repair: {
        bytesPerSecond: inRange(
          'repair.bytesPerSecond',
          options.repair?.bytesPerSecond ?? DEFAULT_REPAIR.bytesPerSecond,
          64 * 1024,
          1e10,
        ),
      },
      timings:
        TIMINGS[
          choice('timings', options.timings ?? 'local', Object.keys(TIMINGS) as TimingProfile[])
        ],
    },
    durability: choice('durability', options.durability ?? 'backup', ['async', 'backup', 'all']),
    callTimeoutMs: inRange('callTimeoutMs', options.callTimeoutMs ?? 5000, 100, 60_000),
    tier: options.tier,
    joinMs: inRange('joinMs', options.joinMs ?? 400, 0, 10_000),
    logger: loggerOption(options.logger),
    clock: clockOption(options.clock),
  };
}

export function transportOption(transport: Transport): Transport {
  if (typeof transport?.publish === 'function') return transport;
  throw new OptionError('transport', transport, 'a transport, for example memoryTransport()');
}

export function clusterNameOption(option: string, name: string | undefined): string {
  return matching(option, name ?? 'default', NAME);
}

function tierSettings(tier: Tier | undefined): TierSettings | undefined {
  if (tier === undefined) return undefined;
  if (typeof tier?.write !== 'function' || typeof tier.policy?.mode !== 'string') {
    throw new OptionError('tier', tier, 'a tier, for example redisTier({ url })');
  }
  const { mode, flushMs, waitMs } = tier.policy;
  return { mode, flushMs, waitMs };
}

function maxMemoryBytesOf(maxBytes: number | undefined): number | undefined {
  if (maxBytes === undefined) return undefined;
  return whole('memory.maxBytes', maxBytes, MIN_MEMORY_BYTES, Number.MAX_SAFE_INTEGER);
}

/** A record travels whole, with its sender, its holders and the last changes behind it. */
function maxRecordBytesOf({ maxPayloadBytes }: Transport): number {
  return maxPayloadBytes - Math.min(LIMITS.frameBytes, Math.floor(maxPayloadBytes / 2));
}

/**
 * The random part of an incarnation. 72 bits: two processes of one id that drew the same would seal
 * different frames under one key and number.
 */
export function newBootId(): string {
  return randomBytes(9).toString('base64url');
}

function defaultId(): string {
  const name = `${hostname()}-${process.pid}`;
  return ID.test(name) ? name : `node-${process.pid}`;
}

function defaultLabel(clusterName: string, id: string): string {
  return createHash('sha256').update(`${clusterName}/${id}`).digest('base64url').slice(0, 8);
}

function matching(option: string, value: unknown, pattern: RegExp): string {
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new OptionError(option, value, `text matching ${pattern.source}`);
}

export function inRange(option: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw new OptionError(option, value, `a number from ${min} to ${max}`);
}

function whole(option: string, value: unknown, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) {
    return value as number;
  }
  throw new OptionError(option, value, `a whole number from ${min} to ${max}`);
}

function choice<const T extends string>(option: string, value: unknown, choices: readonly T[]): T {
  if (choices.includes(value as T)) return value as T;
  throw new OptionError(option, value, `one of ${choices.join(', ')}`);
}

function httpUrl(value: string): string {
  const isShort = typeof value === 'string' && value.length <= LIMITS.urlCharacters;
  if (isShort && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value;
  // A longer one would make every heartbeat of this node one that nobody can read.
  const expected = `an http or https URL of at most ${LIMITS.urlCharacters} characters`;
  throw new OptionError('node.url', value, expected);
}

export function loggerOption(logger: ClusterLogger | undefined): ClusterLogger {
  return logger === undefined
    ? silentLogger
    : havingMethods('logger', logger, ['debug', 'log', 'warn', 'error']);
}

export function clockOption(clock: Clock | undefined): Clock {
  return clock === undefined
    ? systemClock
    : havingMethods('clock', clock, ['nowMs', 'every', 'afterTurn']);
}

function havingMethods<T extends object>(
  option: string,
  value: T,
  methods: readonly (keyof T & string)[],
): T {
  if (methods.every((method) => typeof value?.[method] === 'function')) return value;
  throw new OptionError(option, value, `an object with the methods ${methods.join(', ')}`);
}
