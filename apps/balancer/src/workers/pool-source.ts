import type { AdminSource } from '../admin/admin-source.js';
import type { Fleet } from '../fleet.js';
import type { WorkerPool } from './worker-pool.js';
import type { WorkerReport, WorkerTotals } from './worker-report.js';

export interface PoolSourceInput {
  readonly fleet: Fleet;
  readonly pool: WorkerPool;
  readonly totals: WorkerTotals;
  readonly failovers: AdminSource['failovers'];
  readonly stopping: () => boolean;
}

/** A balancer of several processes: the primary's nodes, and the sums of what the workers count. */
export function poolSource({ fleet, pool, totals, ...more }: PoolSourceInput): AdminSource {
  const reports = (): WorkerReport[] =>
    pool.workers.map(({ report }) => report).filter((report) => report !== undefined);
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
