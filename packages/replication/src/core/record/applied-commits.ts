import { LIMITS } from '../limits.js';

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

export interface AppliedCommit {
  readonly origin: string;
  readonly counter: number;
  /** What its origin had said of its older commits by then. */
  readonly watermark: number;
}

/** The ids a record has applied, oldest first. Immutable: a commit makes a new one. */
export type AppliedCommits = readonly AppliedCommit[];

/**
 * Whether a commit must not be applied: it was already, or its origin has had the answer and this is
 * a copy of the call that was under way for so long that its id is forgotten.
 */
export function isApplied(applied: AppliedCommits, id: CommitId): boolean {
  for (const { origin, counter, watermark } of applied) {
    if (origin === id.origin && (counter === id.counter || id.counter < watermark)) return true;
  }
  return false;
}

/** Remembers an id and forgets what its origin will never repeat. */
export function rememberApplied(applied: AppliedCommits, id: CommitId): AppliedCommits {
  // Pushing to an empty list would reserve room for sixteen, in every record.
  if (!applied.some((entry) => isRepeatable(entry, id))) return [id];
  const kept = applied.filter((entry) => isRepeatable(entry, id)).concat(id);
  return kept.length > LIMITS.appliedCommits ? kept.slice(-LIMITS.appliedCommits) : kept;
}

/** Whether the commit may still come again, as far as a later id of its origin tells. */
function isRepeatable(entry: AppliedCommit, { origin, watermark }: CommitId): boolean {
  return entry.origin !== origin || entry.counter >= watermark;
}
