import type { CircuitCause } from '../health/circuit.js';
import type { AttemptResult } from './attempt.js';
import type { ProblemReason } from './problem.js';

type Failed = Extract<AttemptResult, { kind: 'failed' }>;

/**
 * Whether a failed attempt is held against its node: not when the connection could not be opened or
 * waited for too long on our side, not when the request was at fault, and not when the node said
 * itself who is to be asked.
 */
export function isNodesFault({ failure, refused = false, abandoned = false }: Failed): boolean {
  if (failure === 'unreachable') return refused || abandoned;
  return failure === 'lost' || failure === 'timeout' || failure === 'broken';
}

/**
 * What it shows of the node; undefined: nothing that is not known already. A node that answered,
 * if only to send us elsewhere, is well.
 */
export function evidenceOf(failed: Failed): CircuitCause | 'answered' | undefined {
  if (failed.failure === 'not-mine') return 'answered';
  if (failed.abandoned || !isNodesFault(failed)) return undefined;
  return failed.refused ? 'refused' : 'failing';
}

/** What leaves it open whether the request ran; undefined: it did not. */
export function doubtOf({ failure, abandoned = false }: Failed): ProblemReason | undefined {
  if (failure === 'lost') return abandoned ? 'node-fell' : 'connection-lost';
  if (failure === 'timeout') return 'first-byte-timeout';
  return failure === 'broken' ? 'unusable-response' : undefined;
}
