import { type ProxyProblem, problemOf } from './problem.js';

/** Where an exchange was when its time was over. */
export interface ExpiryFacts {
  /** Nodes were asked. */
  readonly attempts: number;
  /** A node may have run the request, or is at it. */
  readonly mayHaveRun: boolean;
}

/** What a client is told whose exchange took too long as a whole. */
export function expiryProblem({ attempts, mayHaveRun }: ExpiryFacts): ProxyProblem {
  if (mayHaveRun) return problemOf('upstream-timeout', { reason: 'total-timeout' });
  // Until a node is asked the request is still coming in; then it waits for one to take it.
  if (attempts > 0) return problemOf('no-node-available');
  const detail = 'the request does not come to its end';
  return problemOf('bad-request', { status: 408, detail, title: 'Request refused' });
}
