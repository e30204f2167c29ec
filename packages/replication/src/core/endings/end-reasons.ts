/**
 * Why a session ended, as far as a client may learn it; kept in its tombstone. The later in this
 * list, the more it says: when an id was rotated away and its session revoked, it was revoked.
 */
export const END_REASONS = ['rotated', 'expired', 'logout', 'evicted', 'revoked'] as const;

export type EndReason = (typeof END_REASONS)[number];

/** The class of a reason that an application or the engine gives in its own words. */
export function endReasonOf(reason: string): EndReason {
  switch (reason) {
    case 'rotated':
    case 'evicted':
    case 'logout':
      return reason;
    case 'destroyed':
      return 'logout';
    case 'expired':
    case 'idle':
      return 'expired';
    default:
      return 'revoked';
  }
}

/** Which of two reasons for the same end stays; the same on every node, in whatever order they come. */
export function strongerReason(
  left: EndReason | undefined,
  right: EndReason | undefined,
): EndReason | undefined {
  if (!left || !right) return left ?? right;
  return END_REASONS.indexOf(left) >= END_REASONS.indexOf(right) ? left : right;
}
