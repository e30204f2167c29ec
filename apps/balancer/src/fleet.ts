import type { BalancerNode, NodeDirectory, NodeState } from './directory/node-directory.js';
import {
  admits,
  agreedCircuit,
  type CircuitCause,
  type CircuitEvent,
  type CircuitPhase,
  type CircuitSettings,
  type CircuitState,
  closedCircuit,
  phaseOf,
  stepCircuit,
  wantsSafeProbe,
} from './health/circuit.js';
import {
  type Availability,
  availabilityOf,
  type CheckResult,
  HEALTH_UNKNOWN,
  type HealthSettings,
  type HealthState,
  stepHealth,
} from './health/health-state.js';
import { NodeStats } from './metrics/node-stats.js';
import { type Move, NO_MOVES } from './rehoming/move.js';
import { Roster, type Seated } from './roster.js';
import type { RoutableNode } from './routing/candidates.js';
import { type SlowStart, shareOf } from './routing/slow-start.js';
import type { Upstream, UpstreamFactory } from './upstream/upstream.js';

export interface FleetOptions {
  readonly directory: NodeDirectory;
  readonly upstreams: UpstreamFactory;
  readonly health: HealthSettings;
  readonly circuit: CircuitSettings;
  readonly slowStart: SlowStart;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Whoever waits for an answer of a node, and may look for another one when it falls. */
export interface FallListener extends Seated {
  onFall(): void;
}

/**
 * One node as this balancer knows it: membership's facts, its own observations, its connections.
 */
export class FleetNode implements RoutableNode {
  /** Requests open at the node. */
  inFlight = 0;
  /** Tunnels open to the node. */
  tunnels = 0;
  health: HealthState = HEALTH_UNKNOWN;
  circuit: CircuitState;
  readonly stats = new NodeStats();
  /** Those who wait for an answer of it. */
  readonly waiting = new Roster<FallListener>();
  #facts: BalancerNode;
  #upstream: Upstream | undefined;
  /** When it has joined; undefined when that is long ago. */
  joinedAtMs: number | undefined;

  constructor(
    facts: BalancerNode,
    readonly options: FleetOptions,
  ) {
    this.#facts = facts;
    this.circuit = closedCircuit(options.now());
  }

  get facts(): BalancerNode {
    return this.#facts;
  }

  get id(): string {
    return this.#facts.id;
  }

  get label(): string {
    return this.#facts.label;
  }

  get weight(): number {
    return this.#facts.weight;
  }

  /** Less than its weight for a while after it has joined. */
  get loadWeight(): number {
    const { weight } = this.#facts;
    return this.joinedAtMs === undefined ? weight : weight * this.#share(this.joinedAtMs);
  }

  get zone(): string | undefined {
    return this.#facts.zone;
  }

  get sessionsOwned(): number {
    return this.#facts.sessionsOwned;
  }

  get availability(): Availability {
    const { state, url } = this.#facts;
    return availabilityOf({
      state,
      verdict: this.health.verdict,
      // The clock is looked at only for nodes of which something is wrong.
      admitted: this.circuit.openings === 0 || admits(this.circuit, this.options.now()),
      reachable: url !== undefined,
    });
  }

  get circuitPhase(): CircuitPhase {
    return phaseOf(this.circuit, this.options.now());
  }

  /** Something was wrong with it, and the next request that goes there will tell whether it is. */
  get onProbation(): boolean {
    return this.circuitPhase === 'half-open';
  }

  /** On probation, and better given a request that can be repeated. */
  get wantsSafeProbe(): boolean {
    if (this.circuit.openings === 0) return false;
    return wantsSafeProbe(this.circuit, this.options.now(), this.options.circuit);
  }

  /** The client for this node. Never asked for while the node is `dead`, as one without URL is. */
  get upstream(): Upstream {
    this.#upstream ??= this.options.upstreams(this.#facts.url ?? 'http://unknown.invalid');
    return this.#upstream;
  }

  /** Takes over what membership says now; a new process starts with a clean record. */
  update(facts: BalancerNode): void {
    const former = this.#facts;
    this.#facts = facts;
    if (former.incarnation !== facts.incarnation) {
      this.health = HEALTH_UNKNOWN;
      this.circuit = closedCircuit(this.options.now());
      this.join();
    } else if (hasComeUp(former.state, facts.state)) {
      this.join();
    }
    if (former.url !== facts.url) this.release();
    if (former.state !== 'dead' && facts.state === 'dead') this.fall();
  }

  /** It is new, or back: its share of new sessions grows from now on. */
  join(): void {
    this.joinedAtMs = this.options.now();
  }

  #share(joinedAtMs: number): number {
    const share = shareOf(this.options.now() - joinedAtMs, this.options.slowStart);
    if (share >= 1) this.joinedAtMs = undefined;
    return share;
  }

  /** Whoever waits for this node may look for another one. */
  fall(): void {
    for (const listener of this.waiting.list()) listener.onFall();
  }

  /** Lets requests in flight finish and closes the connections. */
  release(): void {
    this.#upstream?.close().catch(() => {});
    this.#upstream = undefined;
  }

  async destroy(): Promise<void> {
    await this.#upstream?.destroy();
    this.#upstream = undefined;
  }
}

/** What is known of one incarnation of a node by its checks and by connections it refused. */
export interface Findings {
  readonly health: HealthState;
  /** Times are on a clock that all processes of the machine have in common. */
  readonly circuit: CircuitState;
  readonly joinedAtMs?: number | undefined;
}

/** All nodes, kept in step with the directory. */
export class Fleet {
  #nodes: readonly FleetNode[] = [];
  /** Called when requests fail at a node and it is not known whether it is there at all. */
  onDoubt: ((node: FleetNode) => void) | undefined;
  /** Called when a check or a refusal has shown something new of a node. */
  onNews: (() => void) | undefined;
  /** Sessions that are to go from one node to another. */
  moves: readonly Move[] = NO_MOVES;
  readonly #stopWatching: () => void;

  constructor(readonly options: FleetOptions) {
    this.refresh();
    this.#stopWatching = options.directory.onChange(() => this.refresh());
  }

  /** The array changes with membership only; what its elements say is always current. */
  nodes(): readonly FleetNode[] {
    return this.#nodes;
  }

  byLabel(label: string): FleetNode | undefined {
    for (const node of this.#nodes) if (node.label === label) return node;
    return undefined;
  }

  /** A request goes to the node. What it returns is handed to the others with its outcome. */
  sent(node: FleetNode): number {
    const nowMs = this.options.now();
    node.stats.requests++;
    this.#observe(node, { kind: 'sent', nowMs });
    return nowMs;
  }

  /** Returns how long that took. */
  answered(node: FleetNode, sentAtMs: number): number {
    const nowMs = this.options.now();
    node.stats.latency.add(nowMs - sentAtMs);
    this.#observe(node, { kind: 'answered', sentAtMs, nowMs });
    return nowMs - sentAtMs;
  }

  /**
   * A request got no answer. The cluster is told of a refusal, once. When other failures open the
   * circuit no request will meet that refusal any more, so somebody has to go and look: how long the
   * sessions of a dead node wait depends on it.
   */
  failed(node: FleetNode, cause: CircuitCause, sentAtMs: number): void {
    const nowMs = this.options.now();
    const before = node.circuit;
    const wasOpen = phaseOf(before, nowMs) === 'open';
    this.#observe(node, { kind: 'failed', cause, sentAtMs, nowMs });
    if (before.openings === 0 && node.circuit.openings > 0) node.stats.ejections.add(cause);
    if (cause === 'refused') {
      const known = wasOpen && before.cause === 'refused';
      if (known) return;
      this.options.directory.reportUnreachable(node.label);
      this.onNews?.();
    } else if (!wasOpen && phaseOf(node.circuit, nowMs) === 'open') {
      this.onDoubt?.(node);
    }
  }

  /** A request ended; without effect when its outcome was told before. */
  released(node: FleetNode, sentAtMs: number): void {
    this.#observe(node, { kind: 'released', sentAtMs });
  }

  #observe(node: FleetNode, event: CircuitEvent): void {
    node.circuit = stepCircuit(node.circuit, event, this.options.circuit);
  }

  /**
   * A health check has ended. A node that does not answer is reported: for a frozen peer we are the
   * witness. One that says itself that it is down is not: it can be reached, the cluster knows, and
   * what it has under way may well be answered.
   */
  checked(node: FleetNode, result: CheckResult, startedAtMs: number): void {
    const { fall } = this.options.health;
    const { failures: before, verdict } = node.health;
    const { circuit } = node;
    node.health = stepHealth(node.health, result, this.options.health);
    if (verdict !== 'down' && node.health.verdict === 'down') node.stats.ejections.add('checks');
    if (verdict === 'down' && node.health.verdict === 'ready') node.join();
    if (result === 'ready' || result === 'draining') {
      this.#observe(node, { kind: 'checked', startedAtMs, nowMs: this.options.now() });
    }
    if (before < fall && node.health.failures >= fall) {
      this.options.directory.reportUnreachable(node.label);
      node.fall();
    }
    if (verdict !== node.health.verdict || circuit !== node.circuit) this.onNews?.();
  }

  /**
   * Takes over what another process has found out of the node, and told the cluster itself. What
   * requests have shown here goes on unless that is news; `isFirst`: there were none.
   */
  learn(node: FleetNode, { health, circuit, joinedAtMs }: Findings, isFirst = false): void {
    const { fall } = this.options.health;
    const fell = node.health.failures < fall && health.failures >= fall;
    node.health = health;
    node.joinedAtMs = joinedAtMs;
    node.circuit = isFirst ? circuit : agreedCircuit(node.circuit, circuit);
    if (fell) node.fall();
  }

  /** Reads the directory again; needed only for what changes in silence, such as counts. */
  refresh(): void {
    const former = new Map(this.#nodes.map((node) => [node.id, node]));
    // The first ones have not joined others: they share whatever there is from the start.
    const isFirst = former.size === 0;
    this.#nodes = this.options.directory.nodes().map((facts) => {
      const node = former.get(facts.id);
      if (node === undefined) {
        const added = new FleetNode(facts, this.options);
        if (!isFirst) added.join();
        return added;
      }
      former.delete(facts.id);
      node.update(facts);
      return node;
    });
    for (const gone of former.values()) gone.release();
  }

  async close(): Promise<void> {
    this.#stopWatching();
    const nodes = this.#nodes;
    this.#nodes = [];
    await Promise.all(nodes.map((node) => node.destroy()));
  }
}

/** A node that goes on after a drain, or was suspected wrongly, has never been away. */
function hasComeUp(former: NodeState, state: NodeState): boolean {
  return state === 'active' && (former === 'joining' || former === 'dead');
}
