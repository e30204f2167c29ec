import { parseFieldMembers } from './structured-field.js';

/** What `Session-Info` says about the session a response was made with. */
export interface SessionInfo {
  /** Opaque label of the node that answered. */
  readonly node?: string;
  /** Revision of the record after this response, `epoch.seq`. */
  readonly revision?: string;
  /** Idle time left, in milliseconds. A duration, so clocks need not agree. */
  readonly expiresInMs?: number;
  /** Copies of this revision on other nodes. `0` means the next crash may lose it. */
  readonly copies?: number;
}

/** Reads `Session-Info` (docs/http.md). Unknown or ill-typed members are left out; never throws. */
export function parseSessionInfo(header: string | null): SessionInfo | undefined {
  const info: { -readonly [Field in keyof SessionInfo]: SessionInfo[Field] } = {};
  for (const { name, value } of parseFieldMembers(header)) {
    if (name === 'node' && typeof value === 'string') info.node = value;
    if (name === 'rev' && typeof value === 'string') info.revision = value;
    if (name === 'exp' && isCount(value)) info.expiresInMs = value * 1000;
    if (name === 'copies' && isCount(value)) info.copies = value;
  }
  return Object.keys(info).length > 0 ? info : undefined;
}

/** Label of the node that owned the session before, if `Session-Event` reports a failover. */
export function parseFailover(header: string | null): { readonly from?: string } | undefined {
  const member = parseFieldMembers(header).find(({ name }) => name === 'failover');
  const from = member?.parameters.from;
  return member && (typeof from === 'string' ? { from } : {});
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}
