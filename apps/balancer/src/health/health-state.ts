import type { NodeState } from '../directory/node-directory.js';

/**
 * What routing makes of a node:
 * `up` takes everything; `draining` takes what has nowhere else to go; `suspect` is tried last;
 * `dead` is never tried.
 */
export type Availability = 'up' | 'draining' | 'suspect' | 'dead';

/** Answer of one health check. `failed` covers refusal, timeout and any unexpected status. */
export type CheckResult = 'ready' | 'draining' | 'failed';

/** What the balancer itself has learned of one incarnation of a node. */
export interface HealthState {
  readonly verdict: 'unknown' | 'ready' | 'draining' | 'down';
  /** Failed checks in a row. */
  readonly failures: number;
  /** Good checks in a row, while the node is down. */
  readonly successes: number;
  /** Refused connections since the last good check; each doubles the ejection. */
  readonly refusals: number;
  /** When the last connection was refused, on the balancer's clock. */
  readonly refusedAtMs: number;
  /** Until when a refusal alone keeps the node suspect. */
  readonly ejectedUntilMs: number;
}

export interface HealthSettings {
  /** Failed checks in a row until a node is down. Default 2. */
  readonly fall: number;
  /** Good checks in a row until a node that was down is back. Default 1. */
  readonly rise: number;
  /** First ejection after a refused connection. Default 1 s, doubling with each refusal. */
  readonly ejectMs: number;
  /** Longest ejection. Default 30 s. */
  readonly ejectMaxMs: number;
}

export const DEFAULT_HEALTH_SETTINGS: HealthSettings = {
  fall: 2,
  rise: 1,
  ejectMs: 1_000,
  ejectMaxMs: 30_000,
};

export const HEALTH_UNKNOWN: HealthState = {
  verdict: 'unknown',
  failures: 0,
  successes: 0,
  refusals: 0,
  refusedAtMs: Number.NEGATIVE_INFINITY,
  ejectedUntilMs: Number.NEGATIVE_INFINITY,
};

export type HealthEvent =
  | { readonly kind: 'check'; readonly result: CheckResult; readonly startedAtMs: number }
  | { readonly kind: 'refused'; readonly nowMs: number };

/**
 * One step of the health machine: down after `fall` failed checks, back after `rise` good ones, suspect
 * at once when a connection is refused.
 */
export function stepHealth(
  state: HealthState,
  event: HealthEvent,
  settings: HealthSettings,
): HealthState {
  if (event.kind === 'refused') return afterRefusal(state, event.nowMs, settings);
  if (event.result === 'failed') {
    const failures = Math.min(state.failures + 1, settings.fall);
    const verdict = failures >= settings.fall ? 'down' : state.verdict;
    return { ...state, failures, successes: 0, verdict };
  }
  const successes = state.verdict === 'down' ? state.successes + 1 : 0;
  if (state.verdict === 'down' && successes < settings.rise) return { ...state, successes };
  const verdict = event.result;
  // A check that began before the refusal saw the node while it still lived; it proves nothing now.
  if (event.startedAtMs <= state.refusedAtMs) {
    return { ...state, verdict, failures: 0, successes: 0 };
  }
  return { ...HEALTH_UNKNOWN, verdict };
}

function afterRefusal(state: HealthState, nowMs: number, settings: HealthSettings): HealthState {
  // Many requests fail together when a node dies; they are one event, not a reason to double.
  const repeated = nowMs < state.ejectedUntilMs;
  const refusals = repeated ? state.refusals : Math.min(state.refusals + 1, 32);
  const ejection = Math.min(settings.ejectMs * 2 ** (refusals - 1), settings.ejectMaxMs);
  return { ...state, refusals, refusedAtMs: nowMs, ejectedUntilMs: nowMs + ejection };
}

/**
 * Joins what membership says with what the balancer has seen. Only membership can declare a node
 * dead: if every check fails the balancer still tries, because its own network may be the culprit.
 */
export function availabilityOf(
  state: NodeState,
  health: HealthState,
  nowMs: number,
  reachable = true,
): Availability {
  if (state === 'dead' || !reachable) return 'dead';
  if (state === 'suspect' || health.verdict === 'down' || nowMs < health.ejectedUntilMs) {
    return 'suspect';
  }
  return state === 'active' && health.verdict !== 'draining' ? 'up' : 'draining';
}
