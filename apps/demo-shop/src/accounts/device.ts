/** A session of an account, as its owner sees it. */
export interface RememberedDevice {
  /** Names the session for revoking; not the session's id. */
  readonly handle: string;
  readonly description: string;
  readonly isCurrent: boolean;
}
