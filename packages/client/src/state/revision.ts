/** The newest revision this client has seen, and of which session. */
export interface SeenRevision {
  /** `epoch.seq`; null when none is known. */
  readonly newest: string | null;
  /** Counts the sessions seen; an answer to a request of an earlier one teaches nothing. */
  readonly session: number;
}

/** True when `left` is older than `right`. No revision is older than any. */
export function isOlder(
  left: string | null | undefined,
  right: string | null | undefined,
): boolean {
  return rank(left) < rank(right);
}

/**
 * Takes in the revision of a response.
 *
 * No node answers with less than the `Session-Min-Rev` it was sent, except when the session became
 * another one on the way (login, session lost). Without this rule the client would go on demanding
 * the old session's revision from the new one, and be told to wait for ever.
 *
 * @param atSend what had been seen when the request was sent
 */
export function seeRevision(
  seen: SeenRevision,
  revision: string,
  atSend: SeenRevision,
): SeenRevision {
  if (atSend.session !== seen.session) return seen;
  if (isOlder(revision, atSend.newest)) return { newest: revision, session: seen.session + 1 };
  return isOlder(seen.newest, revision) ? { ...seen, newest: revision } : seen;
}

/** One number in the order of revisions; exact for epochs below two million. */
function rank(revision: string | null | undefined): number {
  if (!revision) return -1;
  return revision.split('.').reduce((high, low) => high * 2 ** 32 + Number(low), 0);
}
