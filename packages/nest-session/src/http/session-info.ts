/** What `Session-Info` says about the session of a response. */
export interface SessionInfo {
  /** Label of the node that answered. */
  readonly node: string;
  /** `epoch.seq`. */
  readonly revision: string;
  readonly idleRemainingMs: number;
  /** Other nodes that hold this revision. */
  readonly copies: number;
}

/** Renders the Structured Field dictionary (RFC 9651). */
export function formatSessionInfo({
  node,
  revision,
  idleRemainingMs,
  copies,
}: SessionInfo): string {
  const seconds = Math.max(0, Math.floor(idleRemainingMs / 1000));
  return `node="${node}", rev="${revision}", exp=${seconds}, copies=${copies}`;
}

/** Renders `Session-Event` for a session that this node adopted in the request. */
export function formatFailoverEvent(from: string): string {
  return `failover;from="${from}"`;
}
