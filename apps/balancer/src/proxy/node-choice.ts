import type { Fleet, FleetNode } from '../fleet.js';
import type { Availability } from '../health/health-state.js';
import { candidates, firstCandidate, type Route } from '../routing/candidates.js';

/** The nodes for one request, in turn. Judged by the view of now, which may change in between. */
export class NodeChoice {
  readonly #fleet: Fleet;
  readonly #isRepeatable: boolean;
  readonly #tried: FleetNode[] = [];
  readonly route: Route;

  /** @param isRepeatable The request may run twice. */
  constructor(fleet: Fleet, route: Route, isRepeatable: boolean) {
    this.#fleet = fleet;
    this.route = route;
    this.#isRepeatable = isRepeatable;
  }

  /** Nodes the request was sent to. */
  get attempts(): number {
    return this.#tried.length;
  }

  /** The request goes there: it will not be offered again. */
  tries(node: FleetNode): void {
    this.#tried.push(node);
  }

  /**
   * The best one that was not tried. A node on probation gets what can be repeated rather than what
   * cannot, as long as another is well.
   */
  next(): FleetNode | undefined {
    const nodes = this.#fleet.nodes();
    const first = firstCandidate(this.route, nodes);
    if (first !== undefined && this.#tried.length === 0 && this.#suits(first)) return first;
    let probation: FleetNode | undefined;
    for (const node of candidates(this.route, nodes)) {
      if (this.#tried.includes(node)) continue;
      if (probation !== undefined && node.availability !== 'up') break;
      if (this.#suits(node)) return node;
      probation ??= node;
    }
    return probation;
  }

  /** The one that another node has named, if it can be asked. */
  named(label: string | undefined): FleetNode | undefined {
    const node = label === undefined ? undefined : this.#fleet.byLabel(label);
    if (node === undefined || this.#tried.includes(node)) return undefined;
    return node.availability === 'dead' ? undefined : node;
  }

  /**
   * What is thought of the session's owner; undefined: it is not known. A node on probation is no
   * better than a suspect for who is sent past it.
   */
  viewOfOwner(): Availability | undefined {
    const label = this.route.kind === 'session' ? this.route.holders[0] : undefined;
    const owner = label === undefined ? undefined : this.#fleet.byLabel(label);
    if (owner === undefined || owner.availability === 'dead') return owner?.availability;
    return owner.onProbation ? 'suspect' : owner.availability;
  }

  #suits(node: FleetNode): boolean {
    return this.#isRepeatable || !node.wantsSafeProbe;
  }
}
