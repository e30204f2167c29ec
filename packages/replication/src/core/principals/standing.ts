/**
 * Proof that a session is on the list of its principal; travels in the session's record, so that
 * whoever takes the record over can ask whether it still holds.
 */
export interface Standing {
  /** Key of the principal's record. */
  readonly principal: string;
  /** Names the session on the list: 32 random bytes, made at the login, the same after a rotation. */
  readonly handle: string;
  /** Which list: one that was lost with all its copies and made anew says nothing of this session. */
  readonly list: string;
  /** Raised by "log out everywhere". */
  readonly generation: number;
}
