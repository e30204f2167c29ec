import type { ObservedNode } from '../admin/admin-source.js';
import type { MetricsInput } from '../admin/prometheus.js';
import type { CircuitPhase } from '../health/circuit.js';
import type { Availability } from '../health/health-state.js';
import { counter, gauge, histograms, type Sample } from './families.js';

/** The nodes as they are now, and what was sent to them. */
export function nodeFamilies({ nodes }: MetricsInput): string[] {
  const perNode = (value: (node: ObservedNode) => number): Sample[] =>
    nodes.map((node) => [labelOf(node), value(node)]);
  return [
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
      perNode((node) => node.facts.sessionsOwned),
    ),
    gauge('node_availability', '1 for what routing makes of the node', availability(nodes)),
    gauge('node_circuit', '1 for what requests have shown of the node', circuits(nodes)),
    counter(
      'node_requests',
      'Requests sent to a node; each attempt counts',
      perNode((node) => node.stats.requests),
    ),
    histograms(
      'node_latency_seconds',
      'From the sending of a request to the head of its response',
      nodes.map((node) => [labelOf(node), node.stats.latency]),
    ),
    counter('node_ejections', 'Times a node became suspect, by cause', ejections(nodes)),
  ];
}

function availability(nodes: readonly ObservedNode[]): Sample[] {
  const all: readonly Availability[] = ['up', 'draining', 'suspect', 'dead'];
  return nodes.flatMap((node) =>
    all.map((name): Sample => {
      return [{ ...labelOf(node), availability: name }, node.availability === name ? 1 : 0];
    }),
  );
}

function circuits(nodes: readonly ObservedNode[]): Sample[] {
  const all: readonly CircuitPhase[] = ['closed', 'open', 'half-open'];
  return nodes.flatMap((node) =>
    all.map((phase): Sample => {
      return [{ ...labelOf(node), phase }, node.circuitPhase === phase ? 1 : 0];
    }),
  );
}

function ejections(nodes: readonly ObservedNode[]): Sample[] {
  return nodes.flatMap((node) =>
    [...node.stats.ejections.entries()].map(([cause, count]): Sample => {
      return [{ ...labelOf(node), cause }, count];
    }),
  );
}

function labelOf({ facts }: ObservedNode): { readonly node: string } {
  return { node: facts.label };
}
