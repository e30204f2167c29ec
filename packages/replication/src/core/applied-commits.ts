import { LIMITS } from './limits.js';

/**
 * Names one commit for ever: the incarnation that made it and a counter. A repetition carries the
 * same id, so an answer that got lost, followed by a takeover, neither loses nor doubles a change.
 */
export interface CommitId {
  readonly origin: string;
  readonly counter: number;
  /** All commits of this origin below this are answered; nobody will repeat them. */
  readonly watermark: number;
}

/** The ids a record has applied, oldest first. Immutable: a commit makes a new one. */
export type AppliedCommits = readonly { readonly origin: string; readonly counter: number }[];

export function isApplied(applied: AppliedCommits, id: CommitId): boolean {
  return applied.some((entry) => entry.origin === id.origin && entry.counter === id.counter);
}

/** Remembers an id and forgets what its origin will never repeat. */
export function rememberApplied(applied: AppliedCommits, id: CommitId): AppliedCommits {
  const kept = applied.filter(
    (entry) => entry.origin !== id.origin || entry.counter >= id.watermark,
  );
  kept.push({ origin: id.origin, counter: id.counter });
  return kept.length > LIMITS.appliedCommits ? kept.slice(-LIMITS.appliedCommits) : kept;
}
