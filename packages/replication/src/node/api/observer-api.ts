import type { ClusterMember } from './cluster-api.js';

/** Sessions that changed hands because their owner was gone. */
export interface FailoverNotice {
  /** Milliseconds since 1970, clock of the observer. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly sessions: number;
  /** From the first hint that the owner was gone until its sessions could be served again. */
  readonly tookMs: number;
}

/**
 * What a balancer needs of the cluster: it listens to the same heartbeats as the nodes, holds no
 * session and takes part in no decision, but is a witness when a node refuses connections.
 */
export interface ClusterObserver {
  members(): readonly ClusterMember[];
  /** Called after every change of `members()`. */
  onChange(listener: () => void): () => void;
  onFailover(listener: (notice: FailoverNotice) => void): () => void;
  /** Tells the nodes that this one refused a connection; shortens their failure detection. */
  reportUnreachable(label: string): void;
  /** Asks a node to drain or to take sessions again; resolves when the bus has the request. */
  requestState(id: string, state: 'drain' | 'undrain'): Promise<void>;
  close(): Promise<void>;
}
