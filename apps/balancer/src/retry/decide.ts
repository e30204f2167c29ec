/** How an attempt at one node ended without a response for the client. */
export type FailureKind =
  /** No connection, so nothing was written: the node has not seen the request. */
  | 'unreachable'
  /** The node answered 421: it has not run anything and names the one to ask. */
  | 'not-mine'
  /** Written, then the connection died before a byte of the response. */
  | 'lost'
  /** Written, and no byte of the response in time. The node may still be at it. */
  | 'timeout'
  /** The response had begun and could not be used. */
  | 'broken'
  /** The request cannot be expressed on a connection to a node; no node is to blame. */
  | 'unsendable';

export interface RetryFacts {
  readonly kind: FailureKind;
  readonly method: string;
  /** The request, as it was forwarded, carries a valid `Idempotency-Key`. */
  readonly hasIdempotencyKey: boolean;
  /** Every byte of the body that was taken from the client is still here. */
  readonly bodyReplayable: boolean;
  /** An earlier or this attempt may have run on a node. */
  readonly mayHaveRun: boolean;
  /** Attempts so far, this one included. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** A written request was already repeated once. */
  readonly repeated: boolean;
  /** A 421 was already followed. */
  readonly followed: boolean;
  /** Whether the retry budget has room. */
  readonly budgetLeft: boolean;
  /** Whether there is another node to ask (for `not-mine`: the named one). */
  readonly nodeLeft: boolean;
}

export type RetryReason = 'unreachable' | 'not-mine' | 'lost';

export type AnswerName = 'no-node-available' | 'upstream-lost' | 'upstream-timeout' | 'bad-request';

export type Decision =
  | { readonly action: 'next'; readonly reason: RetryReason }
  | { readonly action: 'answer'; readonly problem: AnswerName };

/** RFC 9110 §9.2.2, without TRACE, which is not passed on. */
const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
]);

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT_METHODS.has(method);
}

/**
 * What to do after a failed attempt. Judged by bytes written and read, never by the name of an
 * error: whether a node can have run the request is all that matters.
 */
export function decideRetry(facts: RetryFacts): Decision {
  switch (facts.kind) {
    case 'unsendable':
      return { action: 'answer', problem: 'bad-request' };
    case 'broken':
      return { action: 'answer', problem: 'upstream-lost' };
    case 'timeout':
      return { action: 'answer', problem: 'upstream-timeout' };
    case 'unreachable':
    case 'not-mine':
      return afterNothingRan(facts, facts.kind);
    case 'lost':
      return afterLoss(facts);
  }
}

/** Costs no node anything, so neither the method nor the budget is asked. */
function afterNothingRan(facts: RetryFacts, reason: 'unreachable' | 'not-mine'): Decision {
  const mayFollow = reason !== 'not-mine' || !facts.followed;
  if (mayFollow && canContinue(facts)) return { action: 'next', reason };
  return { action: 'answer', problem: facts.mayHaveRun ? 'upstream-lost' : 'no-node-available' };
}

/** The first repetition is free: when a node dies under load, all its requests need one at once. */
function afterLoss(facts: RetryFacts): Decision {
  const safe = isIdempotent(facts.method) || facts.hasIdempotencyKey;
  const affordable = !facts.repeated || facts.budgetLeft;
  if (safe && affordable && canContinue(facts)) return { action: 'next', reason: 'lost' };
  return { action: 'answer', problem: 'upstream-lost' };
}

function canContinue(facts: RetryFacts): boolean {
  return facts.bodyReplayable && facts.nodeLeft && facts.attempts < facts.maxAttempts;
}
