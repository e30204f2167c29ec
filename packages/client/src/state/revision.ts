/**
 * Orders two revisions `epoch.seq`: negative when `left` is older. A text that is not a revision is
 * older than every revision.
 */
export function compareRevisions(left: string | undefined, right: string | undefined): number {
  const [leftEpoch, leftSeq] = readRevision(left);
  const [rightEpoch, rightSeq] = readRevision(right);
  return leftEpoch - rightEpoch || leftSeq - rightSeq;
}

function readRevision(text: string | undefined): readonly [number, number] {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(text ?? '');
  return match ? [Number(match[1]), Number(match[2])] : [-1, -1];
}

/** The newest revision this client has seen, and of which session. */
export interface SeenRevision {
  readonly newest: string | undefined;
  /** Counts the sessions seen; an answer to a request of an earlier one teaches nothing. */
  readonly session: number;
}

export const NOTHING_SEEN: SeenRevision = { newest: undefined, session: 0 };

/** The session was replaced or ended: its revisions say nothing about the next one. */
export function forgetRevision(seen: SeenRevision): SeenRevision {
  return { newest: undefined, session: seen.session + 1 };
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
  if (compareRevisions(revision, atSend.newest) < 0) {
    return { newest: revision, session: seen.session + 1 };
  }
  return compareRevisions(revision, seen.newest) > 0 ? { ...seen, newest: revision } : seen;
}
