/** A node as placement sees it. */
export interface PlacementMember {
  /** Stable across restarts of the node, so that a restart moves nothing. */
  readonly id: string;
  /** Share of the sessions this node should own, relative to the others. Default 1; 0 = none. */
  readonly weight?: number | undefined;
  /** Failure domain. Copies are spread over zones before a zone is used twice. */
  readonly zone?: string | undefined;
}

/**
 * Ranks the members for a key by weighted rendezvous hashing: the first should own the record, the
 * next ones should back it up. Every party that knows the members computes the same order, and
 * removing a member moves only what it held.
 *
 * A hint, never a truth: who owns a record is decided by epochs.
 *
 * Source: D. Thaler, C. Ravishankar, "A Name-Based Mapping Scheme for Rendezvous", 1996; weights
 * as −w / ln(u), J. Schindelhauer and G. Schomaker, "Weighted Distributed Hash Tables", 2005.
 */
export function rank<M extends PlacementMember>(key: string, members: readonly M[]): M[] {
  const scored = members.map((member) => ({ member, score: score(key, member) }));
  scored.sort((a, b) => b.score - a.score || (a.member.id < b.member.id ? -1 : 1));
  return spreadOverZones(scored.map((entry) => entry.member));
}

/** Whether `id` ranks first for the key; cheaper than sorting, for minting ids. */
export function ranksFirst(key: string, id: string, members: readonly PlacementMember[]): boolean {
  let best: PlacementMember | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const member of members) {
    const memberScore = score(key, member);
    if (memberScore > bestScore || (memberScore === bestScore && best && member.id < best.id)) {
      best = member;
      bestScore = memberScore;
    }
  }
  return best?.id === id;
}

function score(key: string, member: PlacementMember): number {
  const weight = member.weight ?? 1;
  if (weight <= 0) return Number.NEGATIVE_INFINITY;
  const uniform = (mix(hash(key), hash(member.id)) + 1) / 4294967297; // in (0, 1)
  return -weight / Math.log(uniform);
}

/** After the first, members of zones not yet used come before members of zones already used. */
function spreadOverZones<M extends PlacementMember>(ranked: M[]): M[] {
  if (!ranked.some((member) => member.zone !== undefined)) return ranked;
  const result: M[] = [];
  const used = new Set<string>();
  let rest = ranked;
  while (rest.length > 0) {
    const index = rest.findIndex((member) => !used.has(member.zone ?? ''));
    const next = rest[index === -1 ? 0 : index] as M;
    if (index === -1) used.clear();
    used.add(next.zone ?? '');
    result.push(next);
    rest = rest.filter((member) => member !== next);
  }
  return result;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}

/** Joins two hashes and finishes with the avalanche of MurmurHash3, so near keys spread evenly. */
function mix(left: number, right: number): number {
  let value = left ^ Math.imul(right, 0x9e3779b1);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
