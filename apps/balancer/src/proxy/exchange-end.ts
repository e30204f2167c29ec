import type { FleetNode } from '../fleet.js';
import type { ExchangeCause } from './exchange-report.js';
import type { ProblemName, ProblemReason } from './problem.js';
import type { ResponseSink } from './response-sink.js';

/** How an exchange has ended. */
export interface ExchangeEnd {
  readonly node?: FleetNode;
  readonly status?: number;
  readonly cause: ExchangeCause;
  readonly problem?: ProblemName;
  readonly reason?: ProblemReason | undefined;
}

const CLIENT_GONE: ExchangeEnd = { cause: 'client-gone' };
/** Something was thrown. */
export const NO_END: ExchangeEnd = { cause: 'balancer-failed' };

/** Of one that was given up: its client left, or its body was refused, or its time was over. */
export function endOfCancelled({ refusal }: ResponseSink): ExchangeEnd {
  if (refusal === undefined) return CLIENT_GONE;
  const { status, name, reason } = refusal;
  return { status, cause: 'problem', problem: name, reason };
}
