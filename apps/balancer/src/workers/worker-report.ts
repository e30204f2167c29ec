import type { ObservedNode } from '../admin/admin-source.js';
import type { FleetNode } from '../fleet.js';
import type { CircuitPhase } from '../health/circuit.js';
import { Counters } from '../metrics/counters.js';
import { NodeStats } from '../metrics/node-stats.js';
import { addCounts, type CountsSnapshot, snapshotOf } from '../metrics/snapshot.js';
import type { Activity } from '../proxy/activity.js';

/** What a worker has done since it started, and does now. */
export interface WorkerReport {
  /** Number of the view it routes by. */
  readonly view: number;
  readonly requests: number;
  readonly tunnels: number;
  readonly counters: CountsSnapshot;
  readonly nodes: readonly NodeReport[];
}

export interface NodeReport {
  readonly id: string;
  readonly inFlight: number;
  readonly tunnels: number;
  readonly circuitPhase: CircuitPhase;
  readonly stats: CountsSnapshot;
}

export function reportOf(
  view: number,
  nodes: readonly FleetNode[],
  { counters, activity }: { readonly counters: Counters; readonly activity: Activity },
): WorkerReport {
  return {
    view,
    ...{ requests: activity.requests, tunnels: activity.tunnels },
    counters: snapshotOf(counters),
    nodes: nodes.map(({ id, inFlight, tunnels, circuitPhase, stats }) => {
      return { id, inFlight, tunnels, circuitPhase, stats: snapshotOf(stats) };
    }),
  };
}

/** The sums over all workers, those that are gone included: counters must not fall. */
export class WorkerTotals {
  readonly #counters = new Counters();
  readonly #stats = new Map<string, NodeStats>();

  /** Keeps the counts of a worker that has ended. */
  retire({ counters, nodes }: WorkerReport): void {
    addCounts(this.#counters, counters);
    for (const { id, stats } of nodes) {
      const kept = this.#stats.get(id) ?? new NodeStats();
      addCounts(kept, stats);
      this.#stats.set(id, kept);
    }
  }

  counters(reports: readonly WorkerReport[]): Counters {
    const sum = new Counters();
    addCounts(sum, snapshotOf(this.#counters));
    for (const { counters } of reports) addCounts(sum, counters);
    return sum;
  }

  /** The primary's nodes with what the workers do with them. */
  nodes(fleet: readonly FleetNode[], reports: readonly WorkerReport[]): readonly ObservedNode[] {
    const known = new Set(fleet.map(({ id }) => id));
    for (const id of [...this.#stats.keys()]) if (!known.has(id)) this.#stats.delete(id);
    return fleet.map((node) => {
      const own = reports.flatMap(({ nodes }) => nodes.filter(({ id }) => id === node.id));
      return {
        facts: node.facts,
        availability: node.availability,
        circuitPhase: worst([node.circuitPhase, ...own.map(({ circuitPhase }) => circuitPhase)]),
        inFlight: sumOf(own.map(({ inFlight }) => inFlight)),
        tunnels: sumOf(own.map(({ tunnels }) => tunnels)),
        stats: this.#statsOf(node, own),
      };
    });
  }

  /** Refusals and checks are the primary's to count: several workers may meet the same one. */
  #statsOf(node: FleetNode, own: readonly NodeReport[]): NodeStats {
    const sum = new NodeStats();
    const kept = this.#stats.get(node.id);
    if (kept !== undefined) addCounts(sum, withoutRefusals(snapshotOf(kept)));
    for (const { stats } of own) addCounts(sum, withoutRefusals(stats));
    addCounts(sum, snapshotOf(node.stats));
    return sum;
  }
}

function withoutRefusals(stats: CountsSnapshot): CountsSnapshot {
  const { ejections } = stats;
  if (!(ejections instanceof Map)) return stats;
  return { ...stats, ejections: new Map([['failing', ejections.get('failing') ?? 0]]) };
}

function worst(phases: readonly CircuitPhase[]): CircuitPhase {
  if (phases.includes('open')) return 'open';
  return phases.includes('half-open') ? 'half-open' : 'closed';
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
