import cluster from 'node:cluster';
import { AddressTeller } from '../edge/address-counts.js';
import { BalancerError } from '../errors.js';
import { DEFAULT_LIMITS } from '../limits.js';
import type { BoundOptions } from '../options.js';
import { type Balancer, startBalancer } from '../start-balancer.js';
import { learnView } from './fleet-view.js';
import { type FromWorker, type ToWorker, WORKER_VARIABLE } from './messages.js';
import { PrimaryTlsSessions } from './primary-tls-sessions.js';
import { sharedClock } from './shared-clock.js';
import { type ViewedDirectory, viewedDirectory } from './viewed-directory.js';
import { reportOf } from './worker-report.js';

/** Between two reports: as old may be what the admin port shows. */
const REPORT_MS = 500;
const LINGER_MS = 1_000;

/** Whether this process was started by a primary of ours, and not by somebody else's cluster. */
export function isWorker(): boolean {
  return cluster.isWorker && process.env[WORKER_VARIABLE] === '1';
}

/** Serves clients by what the primary says, until it says stop or is gone. */
export function runWorker(): void {
  const worker = new WorkerSide();
  // All of these reach the whole group of processes from a terminal; the primary acts on them.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => {});
  process.on('SIGTERM', () => worker.stop(0));
  // By default a worker whose primary dies ends at once, and with it every request under way.
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  process.on('disconnect', () => worker.leave());
  let last = Promise.resolve();
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'stop') worker.stop(message.idleMs);
    else if (message.kind === 'tls-answer') worker.hear(message);
    else if (message.kind === 'end') send({ kind: 'ended' }, () => process.exit(0));
    else last = last.then(() => worker.take(message));
  });
  send({ kind: 'loaded' });
}

class WorkerSide {
  readonly #tlsSessions = new PrimaryTlsSessions((message) => send(message));
  readonly #now = sharedClock();
  #balancer: Balancer | undefined;
  #directory: ViewedDirectory | undefined;
  #isReporting = false;
  #stopping = false;
  #isDone = false;

  /** At once: a client waits in its handshake. */
  hear({ number, session }: Extract<ToWorker, { kind: 'tls-answer' }>): void {
    this.#tlsSessions.onAnswer(number, session);
  }

  async take(message: Exclude<ToWorker, { kind: 'stop' | 'end' | 'tls-answer' }>): Promise<void> {
    switch (message.kind) {
      case 'start':
        return this.#start(message);
      case 'view':
        if (this.#directory?.replace(message.view)) this.#learn(false);
        return;
      case 'addresses':
        this.#balancer?.addresses.learn(message.counts, this.#now());
        return;
      case 'reconfigure':
        this.#reconfigure(message.bounds);
    }
  }

  /** What the primary has accepted may still be unusable here, as a file that cannot be read. */
  #reconfigure(bounds: BoundOptions): void {
    try {
      this.#balancer?.reconfigure(bounds);
    } catch (error) {
      console.error(`balancer: worker ${process.pid} keeps its former configuration: ${error}`);
    }
  }

  /** Finishes what is under way, tells its last counts and ends. */
  stop(idleMs: number): void {
    if (this.#stopping) return;
    this.#stopping = true;
    const balancer = this.#balancer;
    if (balancer === undefined) process.exit(0);
    setTimeout(() => process.exit(0), idleMs + balancer.timeouts.stopMs + LINGER_MS);
    // A balancer that has stopped knows of no node any more, but their counts are to be told.
    const nodes = balancer.fleet.nodes();
    void balancer.stop({ idleMs }).then(() => {
      this.#report(nodes);
      // The primary may have handed over a connection before it heard that the port was let go of. It
      // comes ahead of `end`, and that it is not wanted has to be on its way before this process ends,
      // or nobody would ever close it.
      this.#isDone = true;
      if (process.connected) send({ kind: 'done' });
      else process.exit(0);
    });
  }

  /** There is no primary any more: nobody hands over connections, and nobody is told anything. */
  leave(): void {
    if (this.#isDone) process.exit(0);
    this.stop(0);
  }

  async #start({ options, view }: Extract<ToWorker, { kind: 'start' }>): Promise<void> {
    const now = this.#now;
    const { rateLimitedAddresses } = { ...DEFAULT_LIMITS, ...options.limits };
    const directory = viewedDirectory(view, (label) => {
      const incarnation = this.#balancer?.fleet.byLabel(label)?.facts.incarnation;
      if (incarnation) send({ kind: 'refused', label, incarnation, atMs: now() });
    });
    let balancer: Balancer;
    try {
      balancer = await startBalancer(
        {
          ...{ ...options, directory, now, healthChecks: false, adminServer: false },
          // The primary decides, so that all workers move the same.
          planMoves: false,
        },
        {
          tlsSessions: this.#tlsSessions,
          addresses: new AddressTeller(
            (counts, onSent) => send({ kind: 'addresses', counts }, onSent),
            rateLimitedAddresses,
          ),
        },
      );
    } catch (error) {
      const reason = error instanceof BalancerError ? error.message : String(error);
      send({ kind: 'unusable', reason }, () => process.exit(1));
      return;
    }
    balancer.fleet.onDoubt = ({ label, facts: { incarnation } }) => {
      send({ kind: 'doubt', label, incarnation });
    };
    this.#directory = directory;
    this.#balancer = balancer;
    this.#learn(true);
    setInterval(() => this.#report(), REPORT_MS);
    this.#report();
    send({ kind: 'ready', url: balancer.url });
  }

  #learn(isFirst: boolean): void {
    if (this.#balancer === undefined || this.#directory === undefined) return;
    learnView(this.#balancer.fleet, this.#directory.view, isFirst);
  }

  /** Left out while the last one is on its way: a primary that is stuck shall not fill memory. */
  #report(nodes = this.#balancer?.fleet.nodes() ?? []): void {
    if (this.#balancer === undefined || this.#directory === undefined) return;
    if (this.#isReporting && !this.#stopping) return;
    this.#isReporting = true;
    const report = reportOf(this.#directory.view.number, nodes, this.#balancer);
    send({ kind: 'report', report }, () => {
      this.#isReporting = false;
    });
  }
}

/** `onSent` is called in any case, also when there is no primary any more. */
function send(message: FromWorker, onSent: () => void = () => {}): void {
  if (process.connected && process.send) {
    process.send(message, undefined, undefined, () => onSent());
  } else {
    onSent();
  }
}
