import { AdminToken } from '../admin/access.js';
import { createAdminServer } from '../admin/admin-server.js';
import { FailoverLog } from '../admin/failover-log.js';
import { createFleet } from '../create-fleet.js';
import { TlsSessionCache } from '../edge/tls-session-cache.js';
import type { Fleet } from '../fleet.js';
import { HealthChecks } from '../health/health-checks.js';
import { close, listen, urlOf } from '../listening.js';
import { balanceOf } from '../metrics/balance.js';
import {
  type BalancerOptions,
  type BoundOptions,
  type NormalizedOptions,
  normalizeBounds,
  normalizeOptions,
  takeBounds,
} from '../options.js';
import { startRehoming } from '../rehoming/rehomer.js';
import type { Balancer } from '../start-balancer.js';
import { AddressRelay } from './address-relay.js';
import type { FromWorker, ToWorker, WorkerOptions } from './messages.js';
import { poolSource } from './pool-source.js';
import { answerTls } from './primary-tls-sessions.js';
import { sharedClock } from './shared-clock.js';
import { ViewPublisher } from './view-publisher.js';
import { WorkerPool } from './worker-pool.js';
import type { WorkerProcess } from './worker-process.js';
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

/**
 * Starts workers that serve clients, and is for them what they have in common: the bus, the lists of
 * nodes, health checks, the admin port, and their replacement. Resolves when all take clients.
 *
 * @throws OptionError when an option cannot be used.
 * @throws ListenError when the admin port cannot be opened, WorkerError when a worker cannot start.
 */
export async function startPrimary(options: PrimaryOptions): Promise<Served> {
  const primary = new Primary(options);
  await primary.open();
  return primary;
}

class Primary implements Served {
  url = '';
  adminUrl = '';
  readonly #given: BalancerOptions;
  readonly #settings: NormalizedOptions;
  readonly #fleet: Fleet;
  readonly #failovers: FailoverLog;
  readonly #stopLogging: () => void;
  readonly #checks: HealthChecks;
  readonly #totals = new WorkerTotals();
  readonly #tlsSessions: TlsSessionCache;
  readonly #addresses: AddressRelay;
  readonly #pool: WorkerPool;
  readonly #publisher: ViewPublisher;
  /** Since the start: what a worker that starts now has to be told besides. */
  #reconfigured: ToWorker | undefined;
  #stopped: Promise<void> | undefined;

  constructor({ options, workers, tell }: PrimaryOptions) {
    const settings = normalizeOptions({ ...options, now: sharedClock() });
    this.#given = options;
    this.#settings = settings;
    this.#fleet = createFleet(settings);
    this.#failovers = new FailoverLog(settings.limits.failoversKept);
    this.#stopLogging = settings.directory.onFailover((failover) => this.#failovers.add(failover));
    this.#checks = new HealthChecks(this.#fleet, settings.health);
    const { timeouts, limits } = settings;
    this.#tlsSessions = new TlsSessionCache(limits.tlsSessions);
    this.#addresses = new AddressRelay(limits.rateLimitedAddresses);
    this.#pool = new WorkerPool({
      ...{ count: workers, tell, welcome: (worker) => this.#welcome(worker) },
      onMessage: (message, worker) => this.#hear(message, worker),
      onEnded: (worker) => {
        if (worker.report !== undefined) this.#totals.retire(worker.report);
        this.#addresses.forget(worker);
      },
      stopMs: () => timeouts.stopMs,
      silentMs: () => timeouts.workerSilentMs,
      idleMs: () => Math.min(timeouts.clientKeepAliveMs, timeouts.stopMs),
    });
    this.#publisher = new ViewPublisher(this.#fleet, this.#pool);
  }

  get timeouts() {
    return this.#settings.timeouts;
  }

  async open(): Promise<void> {
    const { adminHost, adminPort, adminToken, healthChecks, limits } = this.#settings;
    const source = poolSource({
      ...{ fleet: this.#fleet, pool: this.#pool, totals: this.#totals },
      failovers: () => this.#failovers.list(),
      stopping: () => this.#stopped !== undefined,
    });
    const admin = createAdminServer({
      ...{ source, limits, balance: balanceOf(source, this.#settings.now), host: adminHost },
      token: adminToken === undefined ? undefined : new AdminToken(adminToken),
    });
    const stopRehoming = startRehoming(this.#fleet, source, this.#settings.rehoming);
    this.#release = async () => {
      this.#checks.stop();
      stopRehoming();
      this.#publisher.stop();
      this.#stopLogging();
      await Promise.all([close(admin), this.#fleet.close()]);
      await this.#settings.directory.close();
    };
    if (healthChecks) this.#checks.start();
    try {
      this.url = await this.#pool.open();
      await listen(admin, adminPort, adminHost);
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.adminUrl = urlOf(admin, adminHost);
  }

  reconfigure(bounds: BoundOptions): void {
    // Workers get what was given and do the same.
    takeBounds(this.#settings, normalizeBounds(bounds));
    if (this.#settings.healthChecks && this.#stopped === undefined) this.#checks.restart();
    // Those of before may have been of another certificate.
    if (bounds.tls !== undefined) this.#tlsSessions.clear();
    this.#reconfigured = { kind: 'reconfigure', bounds };
    this.#pool.broadcast(this.#reconfigured);
  }

  replaceWorkers(): boolean {
    if (this.#stopped !== undefined) return false;
    void this.#pool.replaceAll();
    return true;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#pool.stop().then(() => this.#release());
    return this.#stopped;
  }

  #hear(message: FromWorker, worker: WorkerProcess): void {
    switch (message.kind) {
      case 'refused':
      case 'doubt':
        hearOfNode(this.#fleet, message);
        break;
      case 'addresses':
        this.#addresses.hear(worker, message.counts);
        break;
      case 'tls-keep':
      case 'tls-find':
        answerTls(this.#tlsSessions, message, worker);
    }
  }

  #release = async (): Promise<void> => {};

  #welcome(worker: WorkerProcess): readonly ToWorker[] {
    const options = workerOptions(this.#given);
    const start: ToWorker = { kind: 'start', options, view: this.#publisher.view };
    const counts = this.#addresses.welcome(worker);
    const known: ToWorker[] = [start, { kind: 'addresses', counts }];
    return this.#reconfigured === undefined ? known : [...known, this.#reconfigured];
  }
}

type OfNode = Extract<FromWorker, { kind: 'refused' | 'doubt' }>;

function hearOfNode(fleet: Fleet, message: OfNode): void {
  const node = fleet.byLabel(message.label);
  // What was met of a former process says nothing about its successor.
  if (node === undefined || node.facts.incarnation !== message.incarnation) return;
  if (message.kind === 'refused') fleet.failed(node, 'refused', message.atMs);
  else fleet.onDoubt?.(node);
}

function workerOptions(options: BalancerOptions): WorkerOptions {
  const { directory, adminHost, adminPort, adminToken, random, now, ...others } = options;
  return others;
}
