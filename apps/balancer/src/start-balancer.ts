import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListenError } from './errors.js';
import { Fleet } from './fleet.js';
import { HealthChecks } from './health/health-checks.js';
import { Counters } from './metrics/counters.js';
import { type BalancerOptions, type NormalizedOptions, normalizeOptions } from './options.js';
import { Activity } from './proxy/activity.js';
import type { ProxyContext } from './proxy/context.js';
import { createFrontServer } from './proxy/front-server.js';
import { undiciUpstreams } from './upstream/undici-upstream.js';

/** A running balancer. */
export interface Balancer {
  /** Origin for clients. */
  readonly url: string;
  /** Origin of the admin port. */
  readonly adminUrl: string;
  readonly counters: Counters;
  readonly fleet: Fleet;
  readonly activity: Activity;
  /**
   * Stops accepting, lets requests in flight finish until `timeouts.stopMs` has passed, then cuts
   * what is left. Resolves when every port and the directory are closed. Idempotent.
   */
  stop(): Promise<void>;
}

/**
 * Starts a balancer; resolves when both ports are open.
 *
 * @throws OptionError when an option cannot be used.
 * @throws ListenError when a port cannot be opened.
 */
export async function startBalancer(options: BalancerOptions): Promise<Balancer> {
  const settings = normalizeOptions(options);
  const context = createContext(settings);
  const { fleet, activity, counters } = context;
  const checks = new HealthChecks(fleet, settings.health);
  const front = createFrontServer(context);
  try {
    await listen(front, settings.port, settings.host);
  } catch (error) {
    await fleet.close();
    throw error;
  }
  if (settings.healthChecks) checks.start();
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    activity.stop();
    const closed = close(front);
    await activity.whenIdle(settings.timeouts.stopMs);
    activity.cutTunnels();
    front.closeAllConnections();
    await closed;
    checks.stop();
    await fleet.close();
    await settings.directory.close();
  };
  return {
    url: urlOf(front, settings.host),
    adminUrl: '',
    counters,
    fleet,
    activity,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

function createContext(settings: NormalizedOptions): ProxyContext {
  let turn = 0;
  const { directory, health, limits, timeouts, assignment, random, now } = settings;
  return {
    fleet: new Fleet({ directory, upstreams: undiciUpstreams(limits, timeouts), health, now }),
    activity: new Activity(limits),
    counters: new Counters(),
    assignment,
    limits,
    timeouts,
    random,
    nextTurn: () => turn++,
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new ListenError(`${host}:${port}`, { cause })));
    server.listen(port, host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
