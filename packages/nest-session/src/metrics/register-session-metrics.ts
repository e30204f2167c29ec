import type { Cluster, ClusterMetric } from '@understudy/replication';
import type { Metric, Registry } from 'prom-client';
import type { SessionRuntime } from '../exchange/session-runtime.js';
import { SESSION_CLUSTER, SESSION_RUNTIME } from '../tokens.js';
import { toPromValues } from './prom-values.js';

/** A registry of prom-client, whatever content type it renders. */
export type MetricsRegistry = Pick<Registry, 'registerMetric'>;

/** Where the application's providers are: the application itself, or Nest's `ModuleRef`. */
export interface MetricsSource {
  get<T>(token: symbol, options: { readonly strict: false }): T;
}

/**
 * Adds what this node and its HTTP side count to a registry of prom-client: everything of
 * `Cluster.metrics()`, and `understudy_http_*` and `understudy_session_events_total`. Read at each
 * scrape, once; that walks all records, so scrape every few seconds and not for every request. No
 * label carries an id. Call it when the application is created; one application for a registry.
 *
 * ```ts
 * const app = await NestFactory.create(AppModule);
 * registerSessionMetrics(register, app);
 * ```
 *
 * Throws when the registry has one of the names already, or the application no `SessionModule`.
 */
export function registerSessionMetrics(registry: MetricsRegistry, source: MetricsSource): void {
  const cluster = source.get<Cluster>(SESSION_CLUSTER, { strict: false });
  const runtime = source.get<SessionRuntime>(SESSION_RUNTIME, { strict: false });
  const scrape = new Scrape(() => [...cluster.metrics(), ...runtime.responses.read()]);
  for (const { name } of scrape.read().values()) {
    registry.registerMetric(new ScrapedMetric(name, scrape) as unknown as Metric);
  }
}

/** A registry asks every metric for itself; all of one scrape are read at once. */
class Scrape {
  #metrics: ReadonlyMap<string, ClusterMetric> | undefined;

  constructor(private readonly readAll: () => readonly ClusterMetric[]) {}

  read(): ReadonlyMap<string, ClusterMetric> {
    if (!this.#metrics) {
      this.#metrics = new Map(this.readAll().map((metric) => [metric.name, metric]));
      setImmediate(() => {
        this.#metrics = undefined;
      });
    }
    return this.#metrics;
  }
}

/** What a registry of prom-client wants of a metric. */
class ScrapedMetric {
  readonly #source: string;

  constructor(
    /** The registry takes `_total` off it when it renders OpenMetrics. */
    public name: string,
    private readonly scrape: Scrape,
  ) {
    this.#source = name;
  }

  get type(): ClusterMetric['kind'] {
    return this.#metric.kind;
  }

  async get() {
    const metric = this.#metric;
    return {
      name: this.name,
      help: metric.help,
      type: metric.kind,
      aggregator: 'sum',
      values: toPromValues(metric),
    };
  }

  /** What is counted belongs to the node: a registry that is reset does not change it. */
  reset(): void {}

  get #metric(): ClusterMetric {
    return this.scrape.read().get(this.#source) as ClusterMetric;
  }
}
