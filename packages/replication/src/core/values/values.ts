/** What a session may hold. Anything else is refused with its path (see `assertSessionValue`). */
export type SessionValue =
  | null
  | undefined
  | boolean
  | number
  | string
  | bigint
  // biome-ignore lint/style/noRestrictedGlobals: the type of a value, not a clock
  | Date
  | Uint8Array
  | readonly SessionValue[]
  | ReadonlyMap<SessionValue, SessionValue>
  | ReadonlySet<SessionValue>
  | SessionObject;

export interface SessionObject {
  readonly [key: string]: SessionValue;
}

/**
 * The contents of one record. `data` belongs to the application; `system` to the session layer
 * (principal, roles, CSRF token, device facts) and is protected when lineages are merged.
 *
 * A document is immutable: a commit makes a new one that shares what did not change. That is why
 * the owner can hand it to a request without copying it.
 */
export interface SessionDocument {
  readonly data: SessionObject;
  readonly system: SessionObject;
}

/** Where a value lies in a document. The first segment is `data` or `system`. */
export type Path = readonly (string | number)[];
