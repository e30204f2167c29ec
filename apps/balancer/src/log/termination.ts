import type { ExchangeCause } from '../proxy/exchange-report.js';
import type { ProblemName, ProblemReason } from '../proxy/problem.js';
import type { TunnelEnd } from '../proxy/tunnel.js';

/** Why a line of the access log ends as it does; what an operator searches for. */
export type Termination =
  /** A node's response was passed on to its end. */
  | 'complete'
  /** A tunnel took over. */
  | 'upgraded'
  /** A tunnel ended: by one of its ends, after too long a silence, or because the balancer stopped. */
  | 'tunnel-closed'
  | 'tunnel-idle'
  | 'tunnel-cut'
  /** The client left before it had its response. */
  | 'client-abort'
  /** A node broke its response off, or was silent in the middle of it for too long. */
  | 'upstream-cut'
  /** A node was lost with the request, or its answer made no sense. */
  | 'upstream-lost'
  | 'timeout-first-byte'
  /** The exchange as a whole took too long. */
  | 'timeout-total'
  /** The client did not send its request in time. */
  | 'timeout-request'
  | 'no-node'
  | 'overloaded'
  /** Too many requests came from its address. */
  | 'rate-limited'
  /** The balancer took offence at the request. */
  | 'refused'
  | 'balancer-failed';

const BY_PROBLEM: Readonly<Record<ProblemName, Termination>> = {
  'bad-request': 'refused',
  'no-node-available': 'no-node',
  'balancer-overloaded': 'overloaded',
  'rate-limited': 'rate-limited',
  'upstream-lost': 'upstream-lost',
  'upstream-timeout': 'timeout-first-byte',
  'balancer-failed': 'balancer-failed',
};

const BY_CAUSE: Readonly<Record<Exclude<ExchangeCause, 'problem'>, Termination>> = {
  complete: 'complete',
  upgraded: 'upgraded',
  truncated: 'upstream-cut',
  'client-gone': 'client-abort',
  'balancer-failed': 'balancer-failed',
};

export const TUNNEL_ENDS: Readonly<Record<TunnelEnd['by'], Termination>> = {
  closed: 'tunnel-closed',
  idle: 'tunnel-idle',
  cut: 'tunnel-cut',
};

export function terminationOf(end: {
  readonly cause: ExchangeCause;
  readonly problem: ProblemName | undefined;
  readonly status: number | undefined;
  readonly reason?: ProblemReason | undefined;
}): Termination {
  if (end.cause !== 'problem') return BY_CAUSE[end.cause];
  if (end.status === 408) return 'timeout-request';
  if (end.reason === 'total-timeout') return 'timeout-total';
  return BY_PROBLEM[end.problem ?? 'balancer-failed'];
}
