import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { AdminToken } from './admin/access.js';
import { createAdminServer } from './admin/admin-server.js';
import { sourceOf } from './admin/admin-source.js';
import { FailoverLog } from './admin/failover-log.js';
import { createFleet } from './create-fleet.js';
import { AddressBounds } from './edge/address-bounds.js';
import type { Commons } from './edge/commons.js';
import type { ConnectionRefusal } from './edge/connection-gate.js';
import { forwardingOf } from './edge/forwarded.js';
import { openGate } from './edge/open-gate.js';
import { TlsSessionCache } from './edge/tls-session-cache.js';
import type { Fleet } from './fleet.js';
import { HealthChecks } from './health/health-checks.js';
import type { Timeouts } from './limits.js';
import { close, listen, urlOf } from './listening.js';
import { type AccessLog, openAccessLog } from './log/access-log.js';
import { balanceOf } from './metrics/balance.js';
import { countExchanges } from './metrics/count-exchange.js';
import { Counters } from './metrics/counters.js';
import {
  type BalancerOptions,
  type BoundOptions,
  type NormalizedOptions,
  normalizeBounds,
  normalizeOptions,
  takeBounds,
} from './options.js';
import { Activity } from './proxy/activity.js';
import type { ProxyContext } from './proxy/context.js';
import { Deadlines } from './proxy/deadline.js';
import { createFrontServer } from './proxy/front-server.js';
import { applySettings } from './proxy/server-settings.js';
import { startRehoming } from './rehoming/rehomer.js';
import { routingPolicy } from './routing/policy.js';

/** A running balancer. */
export interface Balancer {
  /** Origin for clients. */
  readonly url: string;
  /** Origin of the admin port; empty when there is none. */
  readonly adminUrl: string;
  readonly counters: Counters;
  readonly fleet: Fleet;
  readonly activity: Activity;
  readonly addresses: AddressBounds;
  /** As they are now. */
  readonly timeouts: Timeouts;
  /**
   * Takes over other bounds without closing a connection; what is not given returns to its default.
   * `limits.headBytes`, `routeCookies`, `failoversKept`, `connectionsPerAddress`,
   * `rateLimitedAddresses` and `tlsSessions` stay as they were. `tls` has further connections be
   * shown other certificates; not given, they stay, and so does whether there is TLS at all.
   *
   * @throws OptionError when one cannot be used; then nothing has changed.
   */
  reconfigure(bounds: BoundOptions): void;
  /**
   * Stops accepting, lets requests in flight finish until `timeouts.stopMs` has passed, then cuts
   * what is left. Resolves when every port and the directory are closed. Idempotent. Connections
   * without a request are closed at once, unless `idleMs` lets them wait for their last one before.
   */
  stop(options?: { readonly idleMs?: number }): Promise<void>;
}

/**
 * Starts a balancer; resolves when both ports are open. A process that does little else should be
 * started with `node --no-allocation-site-pretenuring`, as the program does it (`main.ts`).
 *
 * @param commons What other processes on its port know, too. Without, it is the only one.
 * @throws OptionError when an option cannot be used.
 * @throws ListenError when a port cannot be opened.
 */
export async function startBalancer(
  options: BalancerOptions,
  commons?: Commons,
): Promise<Balancer> {
  const settings = normalizeOptions(options);
  const counters = new Counters();
  const log = accessLogOf(settings, counters);
  const addresses = new AddressBounds(settings.rateLimit, settings.limits, commons?.addresses);
  const context = createContext({ settings, counters, log, addresses });
  const { fleet, activity, limits } = context;
  const failovers = new FailoverLog(limits.failoversKept);
  const stopLogging = settings.directory.onFailover((failover) => failovers.add(failover));
  const { adminHost, adminToken, edge, now, timeouts } = settings;
  const onRefused = (reason: ConnectionRefusal): void => counters.refusals.add(reason);
  const sessions = commons?.tlsSessions ?? new TlsSessionCache(limits.tlsSessions);
  const caps = addresses.connections;
  const gate = openGate({ edge, limits, timeouts, onRefused, sessions, caps });
  const front = createFrontServer(context, gate);
  const source = sourceOf(fleet, counters, activity, () => failovers.list());
  const admin = createAdminServer({
    ...{ source, limits, balance: balanceOf(source, now), host: adminHost },
    token: adminToken === undefined ? undefined : new AdminToken(adminToken),
  });
  const checks = new HealthChecks(fleet, settings.health);
  const stopRehoming = settings.planMoves
    ? startRehoming(fleet, source, settings.rehoming)
    : () => {};
  const release = async (): Promise<void> => {
    checks.stop();
    stopRehoming();
    stopLogging();
    const closing = [close(front), close(admin), fleet.close()];
    gate?.close();
    await Promise.all(closing);
    await settings.directory.close();
    await log?.close();
  };
  try {
    await listen(front, settings.port, settings.host);
    if (settings.adminServer) await listen(admin, settings.adminPort, adminHost);
  } catch (error) {
    await release();
    throw error;
  }
  if (settings.healthChecks) checks.start();
  let stopped: Promise<void> | undefined;
  return {
    url: urlOf(front, settings.host, edge.tls === undefined ? 'http' : 'https'),
    adminUrl: settings.adminServer ? urlOf(admin, adminHost) : '',
    counters,
    fleet,
    activity,
    addresses,
    timeouts: settings.timeouts,
    reconfigure(bounds) {
      const next = normalizeBounds(bounds);
      const certificates = bounds.tls && gate?.tls?.prepare(bounds.tls);
      takeBounds(settings, next);
      if (certificates !== undefined) gate?.tls?.replace(certificates);
      applySettings(front, settings.limits, settings.timeouts);
      log?.reopen();
      if (settings.healthChecks && stopped === undefined) checks.restart();
    },
    stop: ({ idleMs = 0 } = {}) => {
      stopped ??= finish(context, front, idleMs).then(release);
      return stopped;
    },
  };
}

/** Refuses new connections and waits for what is under way, as long as the deadline allows. */
async function finish(context: ProxyContext, front: Server, idleMs: number): Promise<void> {
  const { activity, timeouts } = context;
  activity.stop();
  if (idleMs > 0) await whenLeft(front, idleMs);
  front.close();
  await activity.whenIdle(timeouts.stopMs);
  activity.cutTunnels();
}

function accessLogOf(settings: NormalizedOptions, counters: Counters): AccessLog | undefined {
  const { accessLog: destination, limits } = settings;
  if (destination === 'off') return undefined;
  return openAccessLog({
    destination,
    maxBytes: () => limits.accessLogBytes,
    onDropped: (lines) => {
      counters.accessLogDropped += lines;
    },
  });
}

/** Accepts nothing more, and resolves when every client has left or the time is over. */
function whenLeft(front: Server, idleMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, idleMs);
    // That of node:http would close what is idle now, perhaps under a request that is on its way.
    NetServer.prototype.close.call(front, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

interface ContextParts {
  readonly settings: NormalizedOptions;
  readonly counters: Counters;
  readonly log: AccessLog | undefined;
  readonly addresses: AddressBounds;
}

function createContext({ settings, counters, log, addresses }: ContextParts): ProxyContext {
  const { limits, timeouts, now } = settings;
  const { forwarders, forwardedHeader } = settings.edge;
  const fleet = createFleet(settings);
  const policy = routingPolicy({
    ...settings,
    isKnown: (label) => fleet.byLabel(label) !== undefined,
    moves: () => fleet.moves,
    cookieLimit: limits.routeCookies,
  });
  return {
    fleet,
    activity: new Activity(limits),
    counters,
    policy,
    forwarding: forwardingOf({ trusted: forwarders, header: forwardedHeader }),
    rateLimiter: addresses.rate,
    onExchange: [countExchanges(counters), ...(log === undefined ? [] : [log.onExchange])],
    onRefused: log?.onRefused,
    onTunnel: log?.onTunnel,
    deadlines: new Deadlines(now),
    limits,
    timeouts,
    now,
  };
}
