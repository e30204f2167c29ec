import { rank } from '../../placement/rank.js';
import type { CoreContext } from '../context.js';
import { isOrphan, leaderOf } from '../record/leader.js';
import type { Incarnation } from '../record/record.js';
import type { PendingCall } from './pending-call.js';

/**
 * The other node that a call goes to first: whoever leads the record as far as this node knows, where
 * it was last found (`known`), where the cookie says, where a new one would be. Undefined: ask around.
 */
export function likelyOwner(
  context: CoreContext,
  pending: PendingCall,
  known: Incarnation | undefined,
): Incarnation | undefined {
  const { key } = pending.call;
  // A holder whose owner died claims at once: the claim asks everyone, hints included.
  if (isOrphan(context, key)) return undefined;
  const candidates: (Incarnation | undefined)[] = [
    leaderOf(context, key),
    known,
    ...pending.hints.map((label) => context.membership.byLabel(label)?.incarnation),
  ];
  if (!context.records.get(key)) {
    candidates.push(rank(key, context.placementMembers())[0]?.incarnation);
  }
  return candidates.find(
    (candidate) =>
      candidate !== undefined &&
      candidate !== context.self &&
      !pending.tried.has(candidate) &&
      context.membership.isLive(candidate),
  );
}
