import { describe, expect, it } from 'vitest';
import {
  describeFailovers,
  describeLandings,
  failoverBuckets,
  landings,
} from '../../scripts/chaos/failovers.mjs';

const NAME = 'understudy_balancer_failover_duration_seconds';

function metrics(counts: Record<string, number>): string {
  const buckets = Object.entries(counts).map(
    ([edge, count]) => `${NAME}_bucket{le="${edge}"} ${count}`,
  );
  return ['# TYPE x histogram', ...buckets, `${NAME}_sum 1.5`, `${NAME}_count 7`].join('\n');
}

describe('the failovers of a run', () => {
  it('are read from the metrics of the balancer, by bucket', () => {
    expect(failoverBuckets(metrics({ '0.01': 2, '0.05': 6, '+Inf': 7 }))).toEqual([
      { edgeMs: 10, count: 2 },
      { edgeMs: 50, count: 4 },
      { edgeMs: Number.POSITIVE_INFINITY, count: 1 },
    ]);
  });

  it.each([
    [
      { '0.01': 50, '0.05': 99, '+Inf': 100 },
      'median <= 10 ms, p99 <= 50 ms, 99 (99.0 %) within 60 ms',
    ],
    [{ '0.01': 49, '0.05': 98, '+Inf': 100 }, 'median <= 50 ms, p99 longer'],
    [
      { '0.06': 1, '0.075': 3, '+Inf': 3 },
      'median <= 75 ms, p99 <= 75 ms, 1 (33.3 %) within 60 ms',
    ],
    [{ '0.01': 0, '0.05': 0, '+Inf': 0 }, 'No request had to change its node.'],
  ])('are summed up: %o', (counts, expected) => {
    expect(describeFailovers(failoverBuckets(metrics(counts)))).toContain(expected);
  });

  it('are none in metrics that do not tell', () => {
    expect(failoverBuckets('other_metric 1')).toEqual([]);
  });
});

describe('where the failovers of a run landed', () => {
  const line = (name: string, label: string, count: number) =>
    `understudy_balancer_${name}_total{${label}} ${count}`;

  it.each([
    [
      [
        line('failovers', 'landed="holder"', 199),
        line('failovers', 'landed="other"', 1),
        line('reroutes', 'reason="drain"', 7),
        line('reroutes', 'reason="not-mine"', 0),
      ],
      '200 failovers, 199 to a node that held the session (99.50 %); ' +
        'elsewhere without a failure: drain 7, not-mine 0',
    ],
    [[], '0 failovers, 0 to a node that held the session; elsewhere without a failure: none'],
  ])('is read from the metrics of the balancer: %#', (lines, expected) => {
    expect(describeLandings(landings(lines.join('\n')))).toBe(expected);
  });
});
