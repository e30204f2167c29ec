import type { ExchangeReport } from '../proxy/exchange-report.js';

/** Whether a request landed on a node that its route cookie names. */
export type Landing = 'holder' | 'other';

/** Why a request was not answered by the owner of its session, other than by a failure. */
export type RerouteReason =
  /** The owner drains. */
  | 'drain'
  /** A node said that another one has the session. */
  | 'not-mine'
  /** No connection to the owner could be had in time, for reasons of the balancer's own. */
  | 'busy'
  /** The cluster knows no node of this name: it left, or has been dead for long. */
  | 'gone'
  /** The owner has too much to do, and the session is to go to another node. */
  | 'rehoming';

export const REROUTE_REASONS: readonly RerouteReason[] = [
  'drain',
  'not-mine',
  'busy',
  'gone',
  'rehoming',
];

export type Rerouted =
  | { readonly kind: 'failover'; readonly landing: Landing }
  | { readonly kind: 'reroute'; readonly reason: RerouteReason };

/**
 * What to count of a request of a session that another node than its owner answered. A failover is
 * one only when a holder failed under the request or its owner was passed over as suspect or dead,
 * so that drains and moves do not improve, or spoil, the share that landed where the session is.
 */
export function reroutedBy(
  report: Pick<ExchangeReport, 'route' | 'node' | 'owner' | 'failed'>,
): Rerouted | undefined {
  const { route, node, owner, failed } = report;
  if (route.kind !== 'session' || node === undefined) return undefined;
  const { holders } = route;
  if (holders[0] === undefined) return undefined;
  if (holders[0] === node.label) {
    return route.isMoved ? { kind: 'reroute', reason: 'rehoming' } : undefined;
  }
  const hasFailed = failed.some(({ node: tried, blamed }) => {
    return blamed && holders.includes(tried.label);
  });
  if (hasFailed || owner === 'suspect' || owner === 'dead') {
    return { kind: 'failover', landing: holders.includes(node.label) ? 'holder' : 'other' };
  }
  const saysNotMine = failed.some(({ failure }) => failure === 'not-mine');
  if (saysNotMine) return { kind: 'reroute', reason: 'not-mine' };
  if (owner === undefined) return { kind: 'reroute', reason: 'gone' };
  return { kind: 'reroute', reason: owner === 'draining' ? 'drain' : 'busy' };
}
