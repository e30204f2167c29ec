import type { Incarnation } from '../record/record.js';

/** Requests for one record that came from the same node, one after another. */
export interface Affinity {
  readonly by: Incarnation;
  readonly run: number;
}

/** The run after one more request; a request from anywhere else begins a new one. */
export function afterRequest(affinity: Affinity | undefined, by: Incarnation): Affinity {
  return affinity?.by === by ? { by, run: affinity.run + 1 } : { by, run: 1 };
}

export interface AffinitySituation {
  readonly affinity: Affinity;
  readonly self: Incarnation;
  /** How long this node has led the record. */
  readonly heldMs: number;
  /** Requests in a row that show where the client is routed now. */
  readonly enough: number;
  /** Below this a record stays: two nodes must not throw it to and fro. */
  readonly minHoldMs: number;
}

/**
 * Whether the owner should hand the record to the node its requests come through: a balancer routes
 * the client there, and as long as the record lies elsewhere each request costs a hop. A client that
 * is spread over several nodes never makes a run, so its record stays.
 */
export function shouldFollow(situation: AffinitySituation): boolean {
  const { affinity, self, heldMs, enough, minHoldMs } = situation;
  return affinity.by !== self && affinity.run >= enough && heldMs >= minHoldMs;
}
