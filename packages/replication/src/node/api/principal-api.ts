import type { EnlistPolicy } from '../../core/principals/principal-calls.js';
import type { Standing } from '../../core/principals/standing.js';
import type { SessionKey } from './cluster-api.js';

export interface EnlistRequest {
  /** Id of the principal in the application's own terms; hashed before it travels. */
  readonly principal: string;
  /** Key that the session will have once the login is committed. */
  readonly session: SessionKey;
  /**
   * Names the session on the list for as long as it lives, whatever ids it gets: 32 random bytes as
   * base64url, made anew for every login, of no use to whoever reads it.
   */
  readonly handle: string;
  /** How many sessions may be alive, 1 to 128. Default 128. */
  readonly limit?: number | undefined;
  /** Beyond the limit: end the oldest (default), or refuse. */
  readonly policy?: EnlistPolicy | undefined;
  /** How long the session may live. */
  readonly absoluteTimeoutMs: number;
  /** When it began, on the clock of the session layer; returned as it is. */
  readonly createdMs: number;
  /** Default `createdMs`. */
  readonly seenMs?: number | undefined;
  /** What a person recognizes a device by, encoded by the session layer; at most 256 bytes. */
  readonly device?: Uint8Array | undefined;
}

/** A session that was ended to make room, or revoked. */
export interface EndedPlace {
  readonly handle: string;
  readonly session: SessionKey;
}

export type EnlistResult =
  | {
      readonly status: 'enlisted';
      /** To be passed to `create` or `rotate`; ties the session's record to the list. */
      readonly standing: Standing;
      /** Ended on every node that is not suspected. */
      readonly evicted: readonly EndedPlace[];
    }
  /** `reject`: that many are alive. */
  | { readonly status: 'full'; readonly sessions: number }
  /** Another login has taken the place already. */
  | { readonly status: 'evicted' };

export interface PrincipalSession {
  readonly handle: string;
  readonly session: SessionKey;
  readonly createdMs: number;
  readonly seenMs: number;
  readonly device: Uint8Array;
  /** False: the login was not seen to be committed yet. */
  readonly confirmed: boolean;
}

export interface PrincipalSessions {
  /** Raised by every `revokeAll`; 0 for a principal that never signed in. */
  readonly generation: number;
  /** The oldest first. */
  readonly sessions: readonly PrincipalSession[];
}

export interface Revoked {
  readonly generation: number;
  readonly ended: readonly EndedPlace[];
}

/**
 * The sessions of one principal. Every method rejects with `SessionUnavailableError` (repeat),
 * `ClusterStoppedError`, `OptionError` or `LimitError`.
 */
export interface PrincipalStore {
  /**
   * Reserves a place before the login is committed. The limit is exact, however many sign in at the
   * same time and on whatever nodes: who must make room has ended before this resolves. A place
   * whose login is not committed within 10 s is free again. The same handle again updates the facts,
   * or, with another key, says under which id the session is to go on.
   */
  enlist(request: EnlistRequest): Promise<EnlistResult>;
  /** Gives the place back: after a logout, or when the login failed. */
  delist(principal: string, handle: string): Promise<void>;
  listSessions(principal: string): Promise<PrincipalSessions>;
  /** Ends all sessions. A node that is away obeys when it returns. */
  revokeAll(principal: string): Promise<Revoked>;
  /** Ends all but this one. */
  revokeOthers(principal: string, handle: string): Promise<Revoked>;
  revokeOne(principal: string, handle: string): Promise<Revoked>;
}
