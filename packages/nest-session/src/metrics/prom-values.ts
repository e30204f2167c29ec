import type { ClusterMetric } from '@understudy/replication';

/** A sample as prom-client renders it. */
export interface PromValue {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Where it differs from the name of the metric: the parts of a histogram. */
  readonly metricName?: string;
}

/** The samples of a metric; a histogram becomes its buckets, sum and count. */
export function toPromValues(metric: ClusterMetric): PromValue[] {
  if (metric.kind !== 'histogram') {
    return metric.samples.map(({ labels, value }) => ({ labels, value }));
  }
  const { name } = metric;
  return metric.samples.flatMap(({ labels, buckets, count, sumSeconds }) => [
    ...buckets.map(({ atMostSeconds, count: value }) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: atMostSeconds },
      value,
    })),
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value: sumSeconds },
    { metricName: `${name}_count`, labels, value: count },
  ]);
}
