import { rank, ranksFirst } from '@understudy/replication/placement';

/**
 * Sessions that go from one node to others: no list, but a share of them, which whoever knows the move
 * finds out of the session's key.
 */
export interface Move {
  readonly from: string;
  /** Another one each time that a node begins: what was moved then is not there any more. */
  readonly number: number;
  readonly share: number;
  /** By weight. */
  readonly to: readonly { readonly label: string; readonly weight: number }[];
  /** Since then the share does not grow; those under way may arrive. Undefined: it grows. */
  readonly restsSinceMs: number | undefined;
}

export const NO_MOVES: readonly Move[] = [];

/**
 * Where a session of the node that gives away goes; undefined: it stays. Rather to a node that holds a
 * copy, which takes it over without having to be sent it.
 */
export function movedTo(
  { from, number, share, to }: Move,
  key: string,
  holders: readonly string[],
): string | undefined {
  const sides = [
    { id: 'goes', weight: share },
    { id: 'stays', weight: 1 - share },
  ];
  // Of a growing share those that went before are a part.
  if (!ranksFirst(`${from} ${number} ${key}`, 'goes', sides)) return undefined;
  const targets = to.map(({ label, weight }) => ({ id: label, weight }));
  const holding = targets.filter(({ id }) => holders.includes(id));
  return rank(key, holding.length > 0 ? holding : targets)[0]?.id;
}
