import type { MetricsInput, NodeGauges } from '../admin/prometheus.js';
import type { CircuitPhase } from '../health/circuit.js';
import type { Availability } from '../health/health-state.js';
import { gauge, type Sample } from './families.js';

/** The nodes as they are now. */
export function nodeFamilies({ nodes }: MetricsInput): string[] {
  const perNode = (value: (node: NodeGauges) => number): Sample[] =>
    nodes.map((node) => [{ node: node.label }, value(node)]);
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
      perNode((node) => node.sessionsOwned),
    ),
    gauge('node_availability', '1 for what routing makes of the node', availability(nodes)),
    gauge('node_circuit', '1 for what requests have shown of the node', circuits(nodes)),
  ];
}

function availability(nodes: readonly NodeGauges[]): Sample[] {
  const all: readonly Availability[] = ['up', 'draining', 'suspect', 'dead'];
  return nodes.flatMap((node) =>
    all.map((name): Sample => {
      return [{ node: node.label, availability: name }, node.availability === name ? 1 : 0];
    }),
  );
}

function circuits(nodes: readonly NodeGauges[]): Sample[] {
  const all: readonly CircuitPhase[] = ['closed', 'open', 'half-open'];
  return nodes.flatMap((node) =>
    all.map((phase): Sample => {
      return [{ node: node.label, phase }, node.circuitPhase === phase ? 1 : 0];
    }),
  );
}
