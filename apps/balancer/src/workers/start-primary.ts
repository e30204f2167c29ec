import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AdminToken } from '../admin/access.js';
import { createAdminServer } from '../admin/admin-server.js';
import type { AdminSource } from '../admin/admin-source.js';
import { FailoverLog } from '../admin/failover-log.js';
import { createFleet } from '../create-fleet.js';
import { ListenError } from '../errors.js';
import type { Fleet } from '../fleet.js';
import { HealthChecks } from '../health/health-checks.js';
import {
  type BalancerOptions,
  type NormalizedOptions,
  normalizeBounds,
  normalizeOptions,
} from '../options.js';
import type { Balancer } from '../start-balancer.js';
import { type FleetView, isSameView, viewOf } from './fleet-view.js';
import type { FromWorker, ToWorker, WorkerOptions } from './messages.js';
import { sharedClock } from './shared-clock.js';
import { WorkerPool } from './worker-pool.js';
import { WorkerTotals } from './worker-report.js';

export interface PrimaryOptions {
  /** As for a balancer of one process. The primary closes the directory when it stops. */
  readonly options: BalancerOptions;
  readonly workers: number;
  /** For operators. */
  readonly tell: (news: string) => void;
}

/** What can be done with a balancer, whether it is one process or several. */
export type Served = Pick<Balancer, 'url' | 'adminUrl' | 'timeouts' | 'reconfigure' | 'stop'> & {
  /** Starts a replacement of all workers; false when there are none. */
  replaceWorkers(): boolean;
};

/** Loads change in silence; as old may be what workers know of them. */
const LOADS_MS = 500;

/**
 * Starts workers that serve clients, and is for them what they have in common: the bus, the lists of
 * nodes, health checks, the admin port, and their replacement. Resolves when all take clients.
 *
 * @throws OptionError when an option cannot be used.
 * @throws ListenError when the admin port cannot be opened, WorkerError when a worker cannot start.
 */
export async function startPrimary(primary: PrimaryOptions): Promise<Served> {
  const settings = normalizeOptions({ ...primary.options, now: sharedClock() });
  const { directory } = settings;
  const fleet = createFleet(settings);
  const failovers = new FailoverLog(settings.limits.failoversKept);
  const stopLogging = directory.onFailover((failover) => failovers.add(failover));
  const checks = new HealthChecks(fleet, settings.health);
  const totals = new WorkerTotals();
  let reconfigured: ToWorker | undefined;
  const pool = new WorkerPool({
    count: primary.workers,
    welcome: () => {
      const options = workerOptions(primary.options);
      const start: ToWorker = { kind: 'start', options, view: publisher.view };
      return reconfigured === undefined ? [start] : [start, reconfigured];
    },
    onMessage: (_worker, message) => hear(fleet, message),
    onEnded: ({ report }) => {
      if (report !== undefined) totals.retire(report);
    },
    tell: primary.tell,
    stopMs: () => settings.timeouts.stopMs,
    idleMs: () => Math.min(settings.timeouts.clientKeepAliveMs, settings.timeouts.stopMs),
  });
  const publisher = new ViewPublisher(fleet, settings, pool);
  let stopping = false;
  const source = sourceOfPool(fleet, pool, totals, {
    failovers: () => failovers.list(),
    stopping: () => stopping,
  });
  const admin = createAdminServer({
    ...{ source, limits: settings.limits, host: settings.adminHost },
    token: settings.adminToken === undefined ? undefined : new AdminToken(settings.adminToken),
  });
  const release = async (): Promise<void> => {
    checks.stop();
    publisher.stop();
    stopLogging();
    await Promise.all([closeServer(admin), fleet.close()]);
    await directory.close();
  };
  if (settings.healthChecks) checks.start();
  let url: string;
  try {
    url = await pool.open();
    await listenOn(admin, settings.adminPort, settings.adminHost);
  } catch (error) {
    await pool.stop();
    await release();
    throw error;
  }
  let stopped: Promise<void> | undefined;
  return {
    url,
    adminUrl: originOf(admin, settings.adminHost),
    timeouts: settings.timeouts,
    reconfigure(bounds) {
      const next = normalizeBounds(bounds);
      // Everyone here holds these very objects; workers get what was given and do the same.
      Object.assign(settings.health, next.health);
      Object.assign(settings.circuit, next.circuit);
      Object.assign(settings.limits, next.limits);
      Object.assign(settings.timeouts, next.timeouts);
      if (settings.healthChecks && stopped === undefined) checks.restart();
      reconfigured = { kind: 'reconfigure', bounds };
      pool.broadcast(reconfigured);
    },
    replaceWorkers: () => source.replaceWorkers?.() ?? false,
    stop: () => {
      stopping = true;
      stopped ??= pool.stop().then(release);
      return stopped;
    },
  };
}

/** Sends the nodes to the workers whenever something of them has changed. */
class ViewPublisher {
  view: FleetView;
  readonly #stopWatching: () => void;
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly fleet: Fleet,
    { directory }: NormalizedOptions,
    readonly pool: WorkerPool,
  ) {
    this.view = viewOf(fleet, 1);
    fleet.onNews = () => this.#publish();
    this.#stopWatching = directory.onChange(() => this.#publish());
    this.#timer = setInterval(() => {
      fleet.refresh();
      this.#publish();
    }, LOADS_MS);
  }

  stop(): void {
    this.fleet.onNews = undefined;
    this.#stopWatching();
    clearInterval(this.#timer);
  }

  #publish(): void {
    const next = viewOf(this.fleet, this.view.number + 1);
    if (isSameView(this.view, next)) return;
    this.view = next;
    for (const worker of this.pool.workers) worker.push(next);
  }
}

function hear(fleet: Fleet, message: FromWorker): void {
  if (message.kind !== 'refused' && message.kind !== 'doubt') return;
  const node = fleet.byLabel(message.label);
  // What was met of a former process says nothing about its successor.
  if (node === undefined || node.facts.incarnation !== message.incarnation) return;
  if (message.kind === 'refused') fleet.failed(node, 'refused', message.atMs);
  else fleet.onDoubt?.(node);
}

function sourceOfPool(
  fleet: Fleet,
  pool: WorkerPool,
  totals: WorkerTotals,
  more: { readonly failovers: AdminSource['failovers']; readonly stopping: () => boolean },
): AdminSource {
  const reports = () => pool.workers.flatMap(({ report }) => (report ? [report] : []));
  const sum = (name: 'requests' | 'tunnels'): number =>
    reports().reduce((total, report) => total + report[name], 0);
  return {
    nodes() {
      fleet.refresh();
      return totals.nodes(fleet.nodes(), reports());
    },
    get counters() {
      return totals.counters(reports());
    },
    activity: {
      get requests() {
        return sum('requests');
      },
      get tunnels() {
        return sum('tunnels');
      },
      get stopping() {
        return more.stopping();
      },
    },
    failovers: more.failovers,
    requestState: (id, state) => fleet.options.directory.requestState(id, state),
    workers: () => ({
      deaths: pool.deaths,
      list: pool.workers.map(({ pid, state, report }) => {
        return { pid, state, view: report?.view ?? null };
      }),
    }),
    replaceWorkers() {
      if (more.stopping()) return false;
      void pool.replaceAll();
      return true;
    },
  };
}

function workerOptions(options: BalancerOptions): WorkerOptions {
  const { directory, adminHost, adminPort, adminToken, random, now, ...others } = options;
  return others;
}

function listenOn(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new ListenError(`${host}:${port}`, { cause })));
    server.listen(port, host, resolve);
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function originOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
