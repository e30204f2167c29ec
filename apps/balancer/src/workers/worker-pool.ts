import cluster from 'node:cluster';
import { type FromWorker, type ToWorker, WORKER_VARIABLE } from './messages.js';
import { respawnDelayMs, STEADY_MS } from './respawn-delay.js';
import { WorkerProcess } from './worker-process.js';

export interface WorkerPoolOptions {
  readonly count: number;
  /** What a new worker is told, in this order. */
  readonly welcome: (worker: WorkerProcess) => readonly ToWorker[];
  readonly onMessage: (message: FromWorker, worker: WorkerProcess) => void;
  readonly onEnded: (worker: WorkerProcess) => void;
  /** For operators. */
  readonly tell: (news: string) => void;
  /** How long a worker may take to finish what it has under way. */
  readonly stopMs: () => number;
  /** How long a worker may say nothing. */
  readonly silentMs: () => number;
  /** How long an idle connection of a worker that is replaced may wait for its last request. */
  readonly idleMs: () => number;
}

const READY_MS = 30_000;
/** Between two looks whether workers say anything. */
const LOOK_MS = 500;
/** Beyond the time a worker has to stop by itself. */
const LINGER_MS = 1_500;

/** As many workers as there should be, whatever becomes of them. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Set<WorkerProcess>();
  readonly #respawns = new Set<NodeJS.Timeout>();
  readonly #looking: NodeJS.Timeout;
  #earlyDeaths = 0;
  #stopping = false;
  #replacing: Promise<void> | undefined;
  /** Workers that ended without having been told to. */
  deaths = 0;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    // Dates, maps and certificates arrive as what they are.
    cluster.setupPrimary({ serialization: 'advanced' });
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
  }

  get workers(): readonly WorkerProcess[] {
    return [...this.#workers];
  }

  /**
   * Resolves with the origin at which all of them listen.
   *
   * @throws WorkerError when one cannot start; none is left then.
   */
  async open(): Promise<string> {
    const first = Array.from({ length: this.#options.count }, () => this.#fork());
    try {
      const urls = await Promise.all(first.map((worker) => worker.ready));
      for (const worker of first) this.#replaceWhenDead(worker);
      return urls[0] ?? '';
    } catch (error) {
      this.#stopping = true;
      for (const worker of first) worker.kill();
      throw error;
    }
  }

  broadcast(message: ToWorker): void {
    for (const worker of this.#workers) worker.send(message);
  }

  /**
   * Replaces every worker of now by a new one, one after the other, each as soon as its successor
   * takes clients. Resolves when it is done, or given up because a new one did not start.
   */
  replaceAll(): Promise<void> {
    this.#replacing ??= this.#replaceEach().finally(() => {
      this.#replacing = undefined;
    });
    return this.#replacing;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#looking);
    for (const timer of this.#respawns) clearTimeout(timer);
    const deadlineMs = this.#options.stopMs() + LINGER_MS;
    await Promise.all(this.workers.map((worker) => worker.stop(0, deadlineMs)));
  }

  #fork(): WorkerProcess {
    const fork = cluster.fork({ [WORKER_VARIABLE]: '1' });
    const worker = new WorkerProcess(fork, performance.now(), READY_MS);
    this.#workers.add(worker);
    fork.on('message', (message: FromWorker) => {
      if (message.kind === 'loaded') {
        for (const welcome of this.#options.welcome(worker)) worker.send(welcome);
      } else if (message.kind === 'report') {
        worker.report = message.report;
        worker.silentLooks = 0;
      } else if (message.kind === 'done') {
        worker.send({ kind: 'end' });
      }
      this.#options.onMessage(message, worker);
    });
    void worker.ended.then(() => {
      this.#workers.delete(worker);
      this.#options.onEnded(worker);
    });
    return worker;
  }

  /** Looks are counted, not time: a primary that stood still itself has heard nobody meanwhile. */
  #look(): void {
    const most = Math.ceil(this.#options.silentMs() / LOOK_MS);
    for (const worker of this.#workers) {
      if (worker.state !== 'ready' || ++worker.silentLooks <= most) continue;
      this.#options.tell(`worker ${worker.pid} does not say anything any more and is killed`);
      worker.kill();
    }
  }

  #replaceWhenDead(worker: WorkerProcess): void {
    void worker.ended.then((how) => {
      if (this.#stopping || worker.state === 'stopping') return;
      this.deaths++;
      const wasSteady = performance.now() - worker.startedAtMs >= STEADY_MS;
      this.#earlyDeaths = wasSteady ? 0 : this.#earlyDeaths + 1;
      const delayMs = respawnDelayMs(this.#earlyDeaths);
      this.#options.tell(`worker ${worker.pid} ended ${how}; another one in ${delayMs} ms`);
      const timer = setTimeout(() => {
        this.#respawns.delete(timer);
        this.#replaceWhenDead(this.#fork());
      }, delayMs);
      this.#respawns.add(timer);
    });
  }

  async #replaceEach(): Promise<void> {
    for (const old of this.workers) {
      if (this.#stopping) return;
      // It died, and was replaced already.
      if (old.state !== 'ready' || !this.#workers.has(old)) continue;
      const next = this.#fork();
      try {
        await next.ready;
      } catch (error) {
        const reason = (error as Error).message;
        this.#options.tell(`a new worker ${reason}; the former ones stay`);
        return;
      }
      this.#replaceWhenDead(next);
      const { stopMs, idleMs } = this.#options;
      await old.stop(idleMs(), idleMs() + stopMs() + LINGER_MS);
    }
    this.#options.tell('workers replaced');
  }
}
