/** The members of `Session-Info` (docs/http.md), under the names they have on the wire. */
export interface SessionInfo {
  /** Opaque label of the node that answered. */
  readonly node?: string;
  /** Revision of the record after this response, `epoch.seq`. */
  readonly rev?: string;
  /** Idle time left, in seconds. A duration, so clocks need not agree. */
  readonly exp?: number;
  /** Copies of this revision on other nodes. `0` means the next crash may lose it. */
  readonly copies?: number;
}

const MEMBER = /(?:^|[ ,])(?:(node|rev)="([\w.-]+)"|(exp|copies)=(\d{1,9}))/g;

/**
 * Reads `Session-Info`; unknown and ill-formed members are left out, and without any that counts
 * the answer is `undefined`. Never throws.
 *
 * Neither labels nor revisions can contain quotes, commas or escapes, so the members can be picked
 * out; a full Structured Field parser would weigh as much here as the whole retry policy.
 */
export function parseSessionInfo(header: string | null | undefined): SessionInfo | undefined {
  let info: SessionInfo | undefined;
  for (const [, textName = '', text, name = '', digits] of `${header}`.matchAll(MEMBER)) {
    info = { ...info, [textName || name]: text ?? Number(digits) };
  }
  return info;
}

/** Reads `Session-Event`: the node that owned the session before, if it reports a failover. */
export function parseFailover(header: string | null): string | undefined {
  return /^failover; ?from="([\w-]+)"/.exec(header as string)?.[1];
}
