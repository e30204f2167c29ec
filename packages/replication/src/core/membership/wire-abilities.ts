/** What a node can read; every node says so in its heartbeats. */
export interface WireAbilities {
  /** The wire versions it reads. Absent: only the first, from before this was said. */
  readonly wire?: { readonly min: number; readonly max: number } | undefined;
  /** One bit for each thing it understands beyond its wire version. */
  readonly features?: number | undefined;
  /** Fingerprints of the keys it has, newest first; {@link PLAIN} among them: unsealed, too. */
  readonly keys?: readonly number[] | undefined;
}

/** In place of a key: not sealed. */
export const PLAIN = 0;

const FIRST_VERSION_ONLY = { min: 1, max: 1 };

/**
 * The highest wire version that this node and all the others read. Where there is none, or nobody
 * was heard yet, the lowest of its own: the one that most nodes of other releases can read.
 */
export function sharedVersion(own: WireAbilities, others: Iterable<WireAbilities>): number {
  const { min, max } = own.wire ?? FIRST_VERSION_ONLY;
  let [low, high, heard] = [min, max, false];
  for (const { wire = FIRST_VERSION_ONLY } of others) {
    heard = true;
    low = Math.max(low, wire.min);
    high = Math.min(high, wire.max);
  }
  return heard && low <= high ? high : min;
}

/** What all of them understand: only that may be written. Nobody heard yet: nothing. */
export function sharedFeatures(own: WireAbilities, others: Iterable<WireAbilities>): number {
  let [shared, heard] = [own.features ?? 0, false];
  for (const { features = 0 } of others) {
    heard = true;
    shared &= features;
  }
  return heard ? shared : 0;
}

/**
 * The newest of its own keys that all the others have. Where there is none, or nobody was heard yet,
 * the oldest: a newcomer with a new key must be understood by nodes that do not have it yet. Should
 * they have only the new one, it hears so in their heartbeats and uses that from then on.
 */
export function sharedKey(own: WireAbilities, others: Iterable<WireAbilities>): number {
  const mine = own.keys ?? [PLAIN];
  const oldest = mine.at(-1) ?? PLAIN;
  const theirs = [...others].map(({ keys = [PLAIN] }) => keys);
  if (theirs.length === 0) return oldest;
  return mine.find((key) => theirs.every((keys) => keys.includes(key))) ?? oldest;
}
