import type { MetricsInput } from '../admin/prometheus.js';
import { counter, gauge } from './families.js';

/** The processes that serve clients, where there are several. */
export function workerFamilies({ workers }: MetricsInput): string[] {
  if (workers === undefined) return [];
  const count = (state: string): number => {
    return workers.list.filter((worker) => worker.state === state).length;
  };
  return [
    gauge(
      'workers',
      'Processes that serve clients, by state',
      ['starting', 'ready', 'stopping'].map((state) => [{ state }, count(state)] as const),
    ),
    counter('worker_deaths', 'Workers that ended by themselves', [[{}, workers.deaths]]),
  ];
}
