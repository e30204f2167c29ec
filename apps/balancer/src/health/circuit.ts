/**
 * The circuit of one node: what the requests themselves have shown of it. Open, it makes the node
 * suspect, which is tried last; it never closes the only way there is.
 */
export interface CircuitState {
  /** Failed requests in a row, while closed. */
  readonly failures: number;
  /** Openings without a closing between; 0: closed. Each doubles the time. */
  readonly openings: number;
  /** What opened it. A connection proves the opposite of `refused`, but nothing of `failing`. */
  readonly cause: CircuitCause | undefined;
  /** When it was opened, or kept open, last. */
  readonly openedAtMs: number;
  /** From then on one request may try. */
  readonly untilMs: number;
  /** When that request was sent, until its outcome is known. */
  readonly probeAtMs: number | undefined;
  /** Failures of requests sent before say nothing any more. */
  readonly closedAtMs: number;
}

/** The node takes no connections; or it takes requests and does not answer them. */
export type CircuitCause = 'refused' | 'failing';

export type CircuitPhase = 'closed' | 'open' | 'half-open';

export interface CircuitSettings {
  /** Requests in a row that were lost, timed out or got no usable answer. Default 5. */
  readonly failures: number;
  /** Until the first probe; doubles with every probe that fails. Default 1 s. */
  readonly openMs: number;
  /** Longest time until a probe. Default 30 s. */
  readonly openMaxMs: number;
}

export const DEFAULT_CIRCUIT: CircuitSettings = {
  failures: 5,
  openMs: 1_000,
  openMaxMs: 30_000,
};

/** All times on the balancer's clock. */
export type CircuitEvent =
  | { readonly kind: 'sent'; readonly nowMs: number }
  /** The head of a response came, whatever its status: errors of the application are its own. */
  | { readonly kind: 'answered'; readonly sentAtMs: number; readonly nowMs: number }
  | {
      readonly kind: 'failed';
      readonly cause: CircuitCause;
      readonly sentAtMs: number;
      readonly nowMs: number;
    }
  /** A request ended without telling anything of the node: its client left, or we were at fault. */
  | { readonly kind: 'released'; readonly sentAtMs: number }
  /** A health check came through. */
  | { readonly kind: 'checked'; readonly startedAtMs: number; readonly nowMs: number };

export function closedCircuit(nowMs: number): CircuitState {
  return {
    failures: 0,
    openings: 0,
    cause: undefined,
    openedAtMs: Number.NEGATIVE_INFINITY,
    untilMs: Number.NEGATIVE_INFINITY,
    probeAtMs: undefined,
    closedAtMs: nowMs,
  };
}

export function phaseOf(state: CircuitState, nowMs: number): CircuitPhase {
  if (state.openings === 0) return 'closed';
  return nowMs < state.untilMs ? 'open' : 'half-open';
}

/** Whether a request may go to the node as if nothing were known against it. */
export function admits(state: CircuitState, nowMs: number): boolean {
  if (state.openings === 0) return true;
  return nowMs >= state.untilMs && state.probeAtMs === undefined;
}

/**
 * Whether the request that tries should be one that can be repeated: what fails with the node again
 * is then sent on instead of lost. After a while any will do, or a node that is sent nothing else
 * would stay away for good.
 */
export function wantsSafeProbe(
  state: CircuitState,
  nowMs: number,
  settings: CircuitSettings,
): boolean {
  return phaseOf(state, nowMs) === 'half-open' && nowMs < state.untilMs + settings.openMs;
}

export function stepCircuit(
  state: CircuitState,
  event: CircuitEvent,
  settings: CircuitSettings,
): CircuitState {
  switch (event.kind) {
    case 'sent': {
      const isProbe = state.openings > 0 && admits(state, event.nowMs);
      return isProbe ? { ...state, probeAtMs: event.nowMs } : state;
    }
    case 'answered':
      if (state.openings === 0) return state.failures === 0 ? state : { ...state, failures: 0 };
      // Sent before it opened: the node may have died right behind this answer.
      return event.sentAtMs > state.openedAtMs ? closedCircuit(event.nowMs) : state;
    case 'failed':
      return afterFailure(state, event, settings);
    case 'released':
      return state.probeAtMs === event.sentAtMs ? { ...state, probeAtMs: undefined } : state;
    case 'checked': {
      const disproved = state.cause === 'refused' && event.startedAtMs > state.openedAtMs;
      return disproved ? closedCircuit(event.nowMs) : state;
    }
  }
}

/**
 * What to think of a node whose other requests another process sends, which tells of refusals and
 * their disproof alone. The newer one counts; nothing is disproved of which it cannot know.
 */
export function agreedCircuit(own: CircuitState, other: CircuitState): CircuitState {
  if (other.openings > 0) {
    return other.openedAtMs > Math.max(own.openedAtMs, own.closedAtMs) ? other : own;
  }
  return own.cause === 'refused' && other.closedAtMs > own.openedAtMs ? other : own;
}

type Failed = Extract<CircuitEvent, { kind: 'failed' }>;

function afterFailure(state: CircuitState, event: Failed, settings: CircuitSettings): CircuitState {
  const { cause, sentAtMs, nowMs } = event;
  const phase = phaseOf(state, nowMs);
  // A refusal tells of now. Anything else tells of the time since the request was sent.
  const isNews = cause === 'refused' || sentAtMs > state.openedAtMs;
  if (phase !== 'closed') {
    if (!isNews) return state;
    // Many requests fail together when a node dies; they are one event, not a reason to double.
    return open(state, event, phase === 'open' ? state.openings : state.openings + 1, settings);
  }
  if (sentAtMs < state.closedAtMs) return state;
  if (cause === 'refused') return open(state, event, 1, settings);
  const failures = state.failures + 1;
  if (failures < settings.failures) return { ...state, failures };
  return open(state, event, 1, settings);
}

/** Beyond any sensible ratio of the longest to the first time. */
const MAX_OPENINGS = 32;

function open(
  state: CircuitState,
  { cause, nowMs }: Failed,
  openings: number,
  { openMs, openMaxMs }: CircuitSettings,
): CircuitState {
  const counted = Math.min(openings, MAX_OPENINGS);
  return {
    ...state,
    failures: 0,
    openings: counted,
    cause,
    openedAtMs: nowMs,
    untilMs: nowMs + Math.min(openMs * 2 ** (counted - 1), openMaxMs),
    probeAtMs: undefined,
  };
}
