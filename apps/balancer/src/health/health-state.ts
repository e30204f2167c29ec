import type { NodeState } from '../directory/node-directory.js';

/**
 * What routing makes of a node:
 * `up` takes everything; `draining` takes what has nowhere else to go; `suspect` is tried last;
 * `dead` is never tried.
 */
export type Availability = 'up' | 'draining' | 'suspect' | 'dead';

/**
 * Answer of one health check. `down` is the node's own word; `failed` covers refusal, timeout and
 * any unexpected status.
 */
export type CheckResult = 'ready' | 'draining' | 'down' | 'failed';

/** What health checks have shown of one incarnation of a node. */
export interface HealthState {
  readonly verdict: 'unknown' | 'ready' | 'draining' | 'down';
  /** Failed checks in a row. */
  readonly failures: number;
  /** Good checks in a row, while the node is down. */
  readonly successes: number;
}

export interface HealthSettings {
  /** Failed checks in a row until a node is down. Default 2. */
  readonly fall: number;
  /** Good checks in a row until a node that was down is back. Default 1. */
  readonly rise: number;
}

export const DEFAULT_HEALTH_SETTINGS: HealthSettings = { fall: 2, rise: 1 };

export const HEALTH_UNKNOWN: HealthState = { verdict: 'unknown', failures: 0, successes: 0 };

/**
 * One check: down after `fall` that failed, or when the node itself says so, and back after `rise`
 * good ones.
 */
export function stepHealth(
  state: HealthState,
  result: CheckResult,
  settings: HealthSettings,
): HealthState {
  if (result === 'down') return { verdict: 'down', failures: 0, successes: 0 };
  if (result === 'failed') {
    const failures = Math.min(state.failures + 1, settings.fall);
    const verdict = failures >= settings.fall ? 'down' : state.verdict;
    return { failures, successes: 0, verdict };
  }
  const successes = state.verdict === 'down' ? state.successes + 1 : 0;
  if (state.verdict === 'down' && successes < settings.rise) return { ...state, successes };
  return { verdict: result, failures: 0, successes: 0 };
}

/** What is known of a node from three sides. */
export interface Signs {
  /** Of membership. */
  readonly state: NodeState;
  /** Of health checks. */
  readonly verdict: HealthState['verdict'];
  /** Of the requests: `admits` of its circuit. */
  readonly admitted: boolean;
  /** It has said where it takes requests. */
  readonly reachable: boolean;
}

/**
 * Joins what membership says with what the balancer has seen. Only membership can declare a node
 * dead: if every check fails the balancer still tries, because its own network may be the culprit.
 */
export function availabilityOf({ state, verdict, admitted, reachable }: Signs): Availability {
  if (state === 'dead' || !reachable) return 'dead';
  if (state === 'suspect' || verdict === 'down' || !admitted) return 'suspect';
  return state === 'active' && verdict !== 'draining' ? 'up' : 'draining';
}
