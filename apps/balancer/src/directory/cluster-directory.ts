import { LABEL_PATTERN } from '../contract.js';
import { UnknownNodeError } from '../errors.js';
import type { BalancerNode, Failover, NodeDirectory, NodeState } from './node-directory.js';

/** The part of a cluster member that a balancer reads. */
export interface ObservedMember {
  readonly id: string;
  readonly label: string;
  readonly incarnation: string;
  readonly state: NodeState;
  readonly zone?: string | undefined;
  readonly weight: number;
  readonly url?: string | undefined;
  readonly pid?: number | undefined;
  readonly sessionsOwned: number;
  readonly sessionsHeld: number;
}

/** What `ClusterObserver` of the replication package gives; only what is used here is named. */
export interface ObservedCluster {
  members(): readonly ObservedMember[];
  onChange(listener: () => void): () => void;
  onFailover(listener: (notice: Failover) => void): () => void;
  reportUnreachable(label: string): void;
  requestState(id: string, state: 'drain' | 'undrain'): Promise<void>;
  close(): Promise<void>;
}

/** The nodes that announce themselves on the cluster's bus. Closing it closes the observer. */
export function clusterDirectory(cluster: ObservedCluster): NodeDirectory {
  const nodes = (): readonly BalancerNode[] => newestPerLabel(cluster.members()).map(toNode);
  return {
    nodes,
    onChange: (listener) => cluster.onChange(listener),
    onFailover: (listener) => cluster.onFailover(listener),
    reportUnreachable(label) {
      try {
        cluster.reportUnreachable(label);
      } catch {
        // A hint that cannot be delivered is worth nothing; the request it came from goes on.
      }
    },
    async requestState(id, state) {
      if (!nodes().some((node) => node.id === id)) throw new UnknownNodeError(id);
      await cluster.requestState(id, state);
    },
    close: () => cluster.close(),
  };
}

/**
 * A restarted node may be listed beside its dead predecessor for a while. Routing needs one of
 * them, and a dead entry must not hide the living one.
 */
function newestPerLabel(members: readonly ObservedMember[]): ObservedMember[] {
  const chosen = new Map<string, ObservedMember>();
  for (const member of members) {
    if (!LABEL_PATTERN.test(member.label)) continue;
    const other = chosen.get(member.label);
    if (other === undefined || (other.state === 'dead' && member.state !== 'dead')) {
      chosen.set(member.label, member);
    }
  }
  return [...chosen.values()];
}

function toNode(member: ObservedMember): BalancerNode {
  return {
    id: member.id,
    label: member.label,
    incarnation: member.incarnation,
    url: originOf(member.url),
    state: member.state,
    weight: member.weight,
    zone: member.zone,
    pid: member.pid,
    sessionsOwned: member.sessionsOwned,
    sessionsHeld: member.sessionsHeld,
  };
}

/**
 * Whatever comes over the bus must not throw here: a malformed URL makes a node unroutable only.
 */
function originOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  return parsed.protocol === 'http:' ? parsed.origin : undefined;
}
