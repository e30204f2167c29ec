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
  // "2.9" is older than "2.10": the runs of digits are compared as numbers.
  return !!right && (!left || left.localeCompare(right, 'en', { numeric: true }) < 0);
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
