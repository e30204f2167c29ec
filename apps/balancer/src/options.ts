import type { NodeDirectory } from './directory/node-directory.js';
import { OptionError } from './errors.js';
import { DEFAULT_HEALTH_CHECKS, type HealthCheckOptions } from './health/health-checks.js';
import { DEFAULT_HEALTH_SETTINGS, type HealthSettings } from './health/health-state.js';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, type Limits, type Timeouts } from './limits.js';
import type { Assignment } from './routing/route-request.js';

export interface BalancerOptions {
  /** Which nodes there are. The balancer closes it when it stops. */
  readonly directory: NodeDirectory;
  /** Address clients connect to. Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 8080; 0 takes any free port. */
  readonly port?: number | undefined;
  /** Address of the admin port. Default 127.0.0.1; anything else opens it to the network. */
  readonly adminHost?: string | undefined;
  /** Default 8081; 0 takes any free port. */
  readonly adminPort?: number | undefined;
  /** Default `sticky`. `round-robin` applies no affinity at all. */
  readonly assignment?: Assignment | undefined;
  /** Ask nodes for their health. Default true. */
  readonly healthChecks?: boolean | undefined;
  readonly health?: Partial<HealthSettings & HealthCheckOptions> | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** In [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
}

export interface NormalizedOptions {
  readonly directory: NodeDirectory;
  readonly host: string;
  readonly port: number;
  readonly adminHost: string;
  readonly adminPort: number;
  readonly assignment: Assignment;
  readonly healthChecks: boolean;
  readonly health: HealthSettings & HealthCheckOptions;
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly random: () => number;
  readonly now: () => number;
}

/** @throws OptionError naming the first option that cannot be used. */
export function normalizeOptions(options: BalancerOptions): NormalizedOptions {
  const assignment = options.assignment ?? 'sticky';
  if (assignment !== 'sticky' && assignment !== 'round-robin') {
    throw new OptionError('assignment', assignment, 'sticky or round-robin');
  }
  return {
    directory: options.directory,
    host: options.host ?? '127.0.0.1',
    port: port('port', options.port ?? 8080),
    adminHost: options.adminHost ?? '127.0.0.1',
    adminPort: port('adminPort', options.adminPort ?? 8081),
    assignment,
    healthChecks: options.healthChecks ?? true,
    health: positive('health', {
      ...DEFAULT_HEALTH_SETTINGS,
      ...DEFAULT_HEALTH_CHECKS,
      ...options.health,
    }),
    limits: positive('limits', { ...DEFAULT_LIMITS, ...options.limits }),
    timeouts: positive('timeouts', { ...DEFAULT_TIMEOUTS, ...options.timeouts }),
    random: options.random ?? Math.random,
    now: options.now ?? (() => performance.now()),
  };
}

function port(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new OptionError(option, value, 'a port from 0 to 65535');
}

/**
 * Every number in these groups bounds something; none may be negative, fractional ones are
 * ratios.
 */
function positive<T extends object>(group: string, values: T): T {
  for (const [name, value] of Object.entries(values)) {
    const valid = typeof value === 'number' && value >= 0 && value < 2 ** 31;
    if (!valid) throw new OptionError(`${group}.${name}`, value, 'a number from 0 to 2147483647');
  }
  return values;
}
