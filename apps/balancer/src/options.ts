import { ADMIN_TOKEN_PATTERN, isLoopback } from './admin/access.js';
import { affinityFaults } from './config/affinity-rules.js';
import { describeFault } from './config/field.js';
import { withDefaults } from './config/ranges.js';
import { ACCESS_LOG_EXPECTED, ACCESS_LOG_PATTERN } from './config/sections/access-log.js';
import { affinityFor } from './config/sections/affinity.js';
import { CIRCUIT_RANGES } from './config/sections/circuit.js';
import { DEFAULT_HEALTH, HEALTH_RANGES, type HealthOptions } from './config/sections/health.js';
import { LIMIT_RANGES } from './config/sections/limits.js';
import {
  BOUNDED_LOAD_RANGES,
  REHOMING_RANGES,
  SLOW_START_RANGES,
} from './config/sections/spread.js';
import { TIMEOUT_RANGES } from './config/sections/timeouts.js';
import type { NodeDirectory } from './directory/node-directory.js';
import {
  type FrontOptions,
  type NormalizedFront,
  normalizeFront,
  normalizeRateLimit,
} from './edge/front-options.js';
import type { RateLimitSettings } from './edge/rate-limit.js';
import { ConfigError, OptionError } from './errors.js';
import { type CircuitSettings, DEFAULT_CIRCUIT } from './health/circuit.js';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, type Limits, type Timeouts } from './limits.js';
import { DEFAULT_REHOMING, type Rehoming } from './rehoming/plan.js';
import type { AffinityMethod } from './routing/affinity.js';
import { ASSIGNMENTS, type Assignment } from './routing/assignment.js';
import { type BoundedLoad, DEFAULT_BOUNDED_LOAD } from './routing/bounded-load.js';
import { DEFAULT_NODE_COOKIE, type NodeCookieOptions } from './routing/node-cookie.js';
import { DEFAULT_SLOW_START, type SlowStart } from './routing/slow-start.js';

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
  /**
   * What tells where a request belongs, in the order in which it is asked. Default: Understudy's
   * route cookie; with `assignment: 'round-robin'` nothing.
   */
  readonly affinity?: readonly AffinityMethod[] | undefined;
  /** How other requests are spread. Default `p2c`; `sticky` is the same. */
  readonly assignment?: Assignment | 'sticky' | undefined;
  /** The cookie of the balancer, for `cookie` and `learn`. */
  readonly cookie?: (Partial<NodeCookieOptions> & CookieSecrets) | undefined;
  readonly boundedLoad?: Partial<BoundedLoad> | undefined;
  readonly slowStart?: Partial<SlowStart> | undefined;
  /** Whether nodes with too much to do give sessions away; needs the `route` affinity. Default: no. */
  readonly rehoming?: Partial<Rehoming> | undefined;
  /** Open the admin port. Default true. */
  readonly adminServer?: boolean | undefined;
  /** Ask nodes for their health. Default true. */
  readonly healthChecks?: boolean | undefined;
  /** Decide here which sessions go to other nodes, by `rehoming`. Default true. */
  readonly planMoves?: boolean | undefined;
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

export interface CookieSecrets {
  /** What it is signed with, newest first, each of at least 32 characters. */
  readonly secrets?: readonly string[] | undefined;
}

const BOUNDS = [
  'health',
  'circuit',
  'limits',
  'timeouts',
  'rateLimit',
  'boundedLoad',
  'slowStart',
  'rehoming',
] as const;

type BoundName = (typeof BOUNDS)[number];

/** What may change while a balancer runs. */
export type BoundOptions = Pick<BalancerOptions, BoundName | 'tls'>;
export type Bounds = Pick<NormalizedOptions, BoundName>;

export interface NormalizedOptions {
  readonly directory: NodeDirectory;
  readonly host: string;
  readonly port: number;
  readonly adminHost: string;
  readonly adminPort: number;
  readonly adminToken: string | undefined;
  readonly adminServer: boolean;
  readonly affinity: readonly AffinityMethod[];
  readonly assignment: Assignment;
  readonly cookie: NodeCookieOptions;
  readonly cookieSecrets: readonly string[];
  readonly boundedLoad: BoundedLoad;
  readonly slowStart: SlowStart;
  readonly rehoming: Rehoming;
  readonly healthChecks: boolean;
  readonly planMoves: boolean;
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
    adminServer: options.adminServer ?? true,
    ...routing(options),
    healthChecks: options.healthChecks ?? true,
    planMoves: options.planMoves ?? true,
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
  const { health, circuit, limits, timeouts, rateLimit, boundedLoad, slowStart, rehoming } =
    options;
  return {
    health: withDefaults('health', DEFAULT_HEALTH, HEALTH_RANGES, health),
    circuit: withDefaults('circuit', DEFAULT_CIRCUIT, CIRCUIT_RANGES, circuit),
    limits: withDefaults('limits', DEFAULT_LIMITS, LIMIT_RANGES, limits),
    timeouts: withDefaults('timeouts', DEFAULT_TIMEOUTS, TIMEOUT_RANGES, timeouts),
    boundedLoad: withDefaults(
      'boundedLoad',
      DEFAULT_BOUNDED_LOAD,
      BOUNDED_LOAD_RANGES,
      boundedLoad,
    ),
    slowStart: withDefaults('slowStart', DEFAULT_SLOW_START, SLOW_START_RANGES, slowStart),
    rehoming: withDefaults('rehoming', DEFAULT_REHOMING, REHOMING_RANGES, rehoming),
    rateLimit: normalizeRateLimit(rateLimit),
  };
}

/** Everyone holds the very objects of `settings` and looks into them whenever a bound is needed. */
export function takeBounds(settings: Bounds, next: Bounds): void {
  for (const name of BOUNDS) Object.assign(settings[name], next[name]);
}

type Routing = Pick<NormalizedOptions, 'affinity' | 'assignment' | 'cookie' | 'cookieSecrets'>;

function routing(options: BalancerOptions): Routing {
  const { assignment: given = 'p2c', cookie: { secrets, ...cookie } = {} } = options;
  const assignment = given === 'sticky' ? 'p2c' : given;
  if (!ASSIGNMENTS.includes(assignment)) {
    throw new OptionError('assignment', assignment, ASSIGNMENTS.join(' or '));
  }
  const chosen = {
    affinity: affinityFor(options.affinity, assignment),
    cookie: { ...DEFAULT_NODE_COOKIE, ...cookie },
    cookieSecrets: secrets ?? [],
  };
  const faults = affinityFaults(chosen);
  if (faults.length > 0) throw new ConfigError(faults.map(describeFault));
  return { ...chosen, assignment };
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
