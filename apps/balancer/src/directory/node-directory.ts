/** What membership says of a node; the vocabulary of the cluster. */
export type NodeState = 'joining' | 'active' | 'draining' | 'leaving' | 'suspect' | 'dead';

/** A node as a directory knows it. */
export interface BalancerNode {
  /** Stable across restarts; what placement hashes. */
  readonly id: string;
  /** Opaque name in cookies and headers, `[A-Za-z0-9_-]{1,32}`. */
  readonly label: string;
  /** Differs after a restart, so that what was learned of the former process is forgotten. */
  readonly incarnation: string;
  /**
   * Where it takes HTTP, as an origin; undefined when it has not said, and then it gets nothing.
   */
  readonly url: string | undefined;
  readonly state: NodeState;
  /** Share of new sessions relative to the others; 0 = none. */
  readonly weight: number;
  readonly zone: string | undefined;
  readonly pid: number | undefined;
  readonly sessionsOwned: number;
  readonly sessionsHeld: number;
}

/** Sessions that changed hands because their owner was gone. */
export interface Failover {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly sessions: number;
  readonly tookMs: number;
}

/**
 * Which nodes there are. The balancer asks for nothing else, so a list from the configuration, the
 * cluster's own bus or a service registry serve alike.
 */
export interface NodeDirectory {
  /** The nodes now, each once. The array is never modified after it was returned. */
  nodes(): readonly BalancerNode[];
  /**
   * Called when a node appears, disappears or changes its state or address; counts of sessions may
   * change in silence. Returns how to stop that.
   */
  onChange(listener: () => void): () => void;
  /** Called for every failover the directory hears of; returns how to stop that. */
  onFailover(listener: (failover: Failover) => void): () => void;
  /**
   * Passes on that a node refused connections; a hint that shortens the cluster's own detection.
   */
  reportUnreachable(label: string): void;
  /** Asks a node to drain or to take sessions again. Throws `UnknownNodeError`. */
  requestState(id: string, state: 'drain' | 'undrain'): Promise<void>;
  close(): Promise<void>;
}
