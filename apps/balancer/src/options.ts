import { ADMIN_TOKEN_PATTERN, isLoopback } from './admin/access.js';
import { withDefaults } from './config/ranges.js';
import { ACCESS_LOG_EXPECTED, ACCESS_LOG_PATTERN } from './config/sections/access-log.js';
import { CIRCUIT_RANGES } from './config/sections/circuit.js';
import { DEFAULT_HEALTH, HEALTH_RANGES, type HealthOptions } from './config/sections/health.js';
import { LIMIT_RANGES } from './config/sections/limits.js';
import { TIMEOUT_RANGES } from './config/sections/timeouts.js';
import type { NodeDirectory } from './directory/node-directory.js';
import {
  type FrontOptions,
  type NormalizedFront,
  normalizeFront,
  normalizeRateLimit,
} from './edge/front-options.js';
import type { RateLimitSettings } from './edge/rate-limit.js';
import { OptionError } from './errors.js';
import { type CircuitSettings, DEFAULT_CIRCUIT } from './health/circuit.js';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, type Limits, type Timeouts } from './limits.js';
import type { Assignment } from './routing/route-request.js';

export interface BalancerOptions extends FrontOptions {
  /** Which nodes there are. The balancer closes it when it stops. */
  readonly directory: NodeDirectory;
  /** Address clients connect to. Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 8080; 0 takes any free port. */
  readonly port?: number | undefined;
  /** Address of the admin port. Default 127.0.0.1; one that others reach needs `adminToken`. */
  readonly adminHost?: string | undefined;
  /** Default 8081; 0 takes any free port. */
  readonly adminPort?: number | undefined;
  /**
   * What users of the admin port have to send as `Authorization: Bearer`: 16 to 512 characters of
   * A-Z a-z 0-9 - . _ ~ + / =. Default: none, which a loopback address alone may have.
   */
  readonly adminToken?: string | undefined;
  /** Default `sticky`. `round-robin` applies no affinity at all. */
  readonly assignment?: Assignment | undefined;
  /** Open the admin port. Default true. */
  readonly adminServer?: boolean | undefined;
  /** Ask nodes for their health. Default true. */
  readonly healthChecks?: boolean | undefined;
  readonly health?: Partial<HealthOptions> | undefined;
  /** When requests that fail make a node suspect. */
  readonly circuit?: Partial<CircuitSettings> | undefined;
  /** `stdout`, or the path of a file, for a line of JSON per request. Default `off`. */
  readonly accessLog?: string | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** In [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
}

/** What may change while a balancer runs. */
export type BoundOptions = Pick<BalancerOptions, keyof Bounds | 'tls'>;
export type Bounds = Pick<
  NormalizedOptions,
  'health' | 'circuit' | 'limits' | 'timeouts' | 'rateLimit'
>;

export interface NormalizedOptions {
  readonly directory: NodeDirectory;
  readonly host: string;
  readonly port: number;
  readonly adminHost: string;
  readonly adminPort: number;
  readonly adminToken: string | undefined;
  readonly assignment: Assignment;
  readonly adminServer: boolean;
  readonly healthChecks: boolean;
  readonly accessLog: string;
  readonly health: HealthOptions;
  readonly circuit: CircuitSettings;
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly rateLimit: RateLimitSettings;
  readonly edge: NormalizedFront;
  readonly random: () => number;
  readonly now: () => number;
}

/** @throws OptionError naming the first option that cannot be used. */
export function normalizeOptions(options: BalancerOptions): NormalizedOptions {
  const assignment = options.assignment ?? 'sticky';
  if (assignment !== 'sticky' && assignment !== 'round-robin') {
    throw new OptionError('assignment', assignment, 'sticky or round-robin');
  }
  const accessLog = options.accessLog ?? 'off';
  if (!ACCESS_LOG_PATTERN.test(accessLog)) {
    throw new OptionError('accessLog', accessLog, ACCESS_LOG_EXPECTED);
  }
  return {
    directory: options.directory,
    host: options.host ?? '127.0.0.1',
    port: port('port', options.port ?? 8080),
    adminHost: options.adminHost ?? '127.0.0.1',
    adminPort: port('adminPort', options.adminPort ?? 8081),
    adminToken: adminToken(options.adminToken, options.adminHost ?? '127.0.0.1'),
    assignment,
    adminServer: options.adminServer ?? true,
    healthChecks: options.healthChecks ?? true,
    accessLog,
    ...normalizeBounds(options),
    edge: normalizeFront(options),
    random: options.random ?? Math.random,
    now: options.now ?? (() => performance.now()),
  };
}

/**
 * Returns objects of its own: a running balancer changes them when its settings change.
 *
 * @throws OptionError naming the first one that is not known or out of its range.
 */
export function normalizeBounds(options: BoundOptions): Bounds {
  const { health, circuit, limits, timeouts, rateLimit } = options;
  return {
    health: withDefaults('health', DEFAULT_HEALTH, HEALTH_RANGES, health),
    circuit: withDefaults('circuit', DEFAULT_CIRCUIT, CIRCUIT_RANGES, circuit),
    limits: withDefaults('limits', DEFAULT_LIMITS, LIMIT_RANGES, limits),
    timeouts: withDefaults('timeouts', DEFAULT_TIMEOUTS, TIMEOUT_RANGES, timeouts),
    rateLimit: normalizeRateLimit(rateLimit),
  };
}

/** The value is not shown in the message. */
function adminToken(token: string | undefined, host: string): string | undefined {
  if (token !== undefined && !ADMIN_TOKEN_PATTERN.test(token)) {
    throw new OptionError('adminToken', '…', '16 to 512 of A-Z a-z 0-9 - . _ ~ + / =');
  }
  if (token !== undefined || isLoopback(host)) return token;
  throw new OptionError('adminToken', token, `a token, because others can reach ${host}`);
}

function port(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new OptionError(option, value, 'a port from 0 to 65535');
}
