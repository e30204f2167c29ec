/** Size of the token bucket that bounds repetitions. */
export interface BudgetPolicy {
  /** Repetitions the full bucket pays for. Default 20. `0` forbids repetition. */
  readonly max: number;
  /** What a call that succeeds puts back. Default 0.1: in the long run one repetition in ten. */
  readonly ratio: number;
}

/**
 * Tokens after a successful call. A call that needed repetitions also returns the last one's token:
 * that repetition was worth its price.
 *
 * The bucket keeps a client from multiplying the load of a server that is down: the first attempt
 * is always free, a repetition costs one token, and none is left when nothing succeeds.
 */
export function refillBudget(
  tokens: number,
  { max, ratio }: BudgetPolicy,
  repeated: boolean,
): number {
  return Math.min(max, tokens + ratio + (repeated ? 1 : 0));
}
