import type { Availability } from '../health/health-state.js';
import type { Counters } from '../metrics/counters.js';
import type { Histogram } from '../metrics/histogram.js';

/** What is measured of one node. */
export interface NodeGauges {
  readonly label: string;
  readonly availability: Availability;
  readonly inFlight: number;
  readonly tunnels: number;
  readonly sessionsOwned: number;
}

export interface MetricsInput {
  readonly counters: Counters;
  readonly requestsInFlight: number;
  readonly tunnels: number;
  readonly nodes: readonly NodeGauges[];
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The metrics in Prometheus's text format. */
export function renderMetrics(input: MetricsInput): string {
  const { counters, nodes } = input;
  const perNode = (value: (node: NodeGauges) => number): Sample[] =>
    nodes.map((node) => [{ node: node.label }, value(node)]);
  return [
    counter('requests', 'Requests accepted', [[{}, counters.requests]]),
    counter('responses', 'Responses by class', tally(counters.responses.entries(), 'class')),
    counter('retries', 'Requests sent on, by reason', tally(counters.retries.entries(), 'reason')),
    counter(
      'failovers',
      'Requests answered by another node than the owner, by whether it held the session',
      tally(counters.failovers.entries(), 'landed'),
    ),
    histogram(
      'failover_duration_seconds',
      'From the failure of a node to the answer of another one, for one request',
      counters.failoverDurations,
    ),
    counter('problems', 'Problem responses', tally(counters.problems.entries(), 'problem')),
    counter('client_aborts', 'Clients that left early', [[{}, counters.clientAborts]]),
    counter('truncated_responses', 'Responses cut by a node', [[{}, counters.truncated]]),
    gauge('requests_in_flight', 'Requests being served', [[{}, input.requestsInFlight]]),
    gauge('tunnels', 'Tunnels open', [[{}, input.tunnels]]),
    gauge(
      'node_requests_in_flight',
      'Requests open at a node',
      perNode((node) => node.inFlight),
    ),
    gauge(
      'node_tunnels',
      'Tunnels open to a node',
      perNode((node) => node.tunnels),
    ),
    gauge(
      'node_sessions_owned',
      'Sessions a node owns',
      perNode((node) => node.sessionsOwned),
    ),
    gauge('node_availability', '1 for what routing makes of the node', availability(nodes)),
  ].join('');
}

function availability(nodes: readonly NodeGauges[]): Sample[] {
  const all: readonly Availability[] = ['up', 'draining', 'suspect', 'dead'];
  return nodes.flatMap((node) =>
    all.map((name): Sample => {
      return [{ node: node.label, availability: name }, node.availability === name ? 1 : 0];
    }),
  );
}

function tally(entries: Iterable<readonly [string, number]>, label: string): Sample[] {
  return [...entries].map(([name, value]): Sample => [{ [label]: name }, value]);
}

function counter(name: string, help: string, samples: readonly Sample[]): string {
  return family(`${name}_total`, help, 'counter', samples);
}

function gauge(name: string, help: string, samples: readonly Sample[]): string {
  return family(name, help, 'gauge', samples);
}

function histogram(name: string, help: string, durations: Histogram): string {
  const full = `understudy_balancer_${name}`;
  const { count } = durations;
  const lines = [
    ...durations.cumulative().map((bucket) => {
      return `${full}_bucket{le="${bucket.boundMs / 1000}"} ${bucket.count}`;
    }),
    `${full}_bucket{le="+Inf"} ${count}`,
    `${full}_sum ${durations.sumMs / 1000}`,
    `${full}_count ${count}`,
  ];
  return `${[`# HELP ${full} ${help}`, `# TYPE ${full} histogram`, ...lines].join('\n')}\n`;
}

function family(name: string, help: string, type: string, samples: readonly Sample[]): string {
  const full = `understudy_balancer_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labelSet(labels)} ${value}`);
  return `${[`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines].join('\n')}\n`;
}

function labelSet(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeValue(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
