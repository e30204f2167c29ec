import { Inject, Injectable } from '@nestjs/common';
import {
  type Cluster,
  type ClusterMember,
  type ClusterStatus,
  LimitError,
  OptionError,
} from '@understudy/replication';
import { SessionUsageError } from './errors.js';
import type { SessionRuntime } from './exchange/session-runtime.js';
import { toSessionError } from './exchange/store-errors.js';
import {
  type PrincipalDevice,
  principalDevice,
  type SessionFacts,
  sessionFacts,
} from './principals/session-facts.js';
import { controlOf, type SessionHandle } from './session/session-handle.js';
import { SESSION_CLUSTER, SESSION_RUNTIME } from './tokens.js';

/** A session on the list of its principal. */
export interface ListedSession {
  /** The application's own id, as `login()` got it. */
  readonly principal: string;
  /** From {@link SessionService.list}. */
  readonly handle: string;
}

/**
 * Sessions from outside of requests. Sessions are named by `session.id`, the hash of their id, and on
 * the list of their principal by a handle.
 *
 * What ends sessions resolves when no reachable node would serve them again, and holds on nodes that
 * are away: they learn of it before they serve such a session after their return. A request whose own
 * session that was goes on without it, as after `session.destroy()`: using it throws, and the response
 * makes the client forget it. Changes not saved before are refused with `session-ended`. Every method rejects
 * with a `SessionError` when the cluster cannot say or do so now, `SessionUsageError` when what it was
 * given names no session.
 */
@Injectable()
export class SessionService {
  constructor(
    @Inject(SESSION_CLUSTER) private readonly cluster: Cluster,
    @Inject(SESSION_RUNTIME) private readonly runtime: SessionRuntime,
  ) {}

  /** Undefined: it has ended, or there is no such session. Does not extend its idle time. */
  find(session: string): Promise<SessionFacts | undefined> {
    return answered(async () => {
      const result = await this.cluster.open(session);
      if (result.status !== 'found') return undefined;
      return sessionFacts(result.snapshot, this.runtime.now());
    });
  }

  /** The sessions in which a principal is signed in, on all nodes; the oldest first. */
  list(principal: string): Promise<readonly PrincipalDevice[]> {
    return answered(async () => {
      const { sessions } = await this.runtime.principals.listSessions(principal);
      return sessions.map(principalDevice);
    });
  }

  /**
   * Ends one session, also one that has ended already. `reason` is for the event `ended`, at most 64
   * characters; a session named by its handle ends as `revoked`.
   */
  revoke(session: string | ListedSession, reason = 'revoked'): Promise<void> {
    return answered(async () => {
      if (typeof session === 'string') {
        await this.cluster.destroy(session, reason);
        this.runtime.principals.ends.add([session]);
      } else await this.runtime.principals.revokeOne(session.principal, session.handle);
    });
  }

  /**
   * Ends all sessions of a principal but this one: after a change of password, for example (ASVS
   * 7.4.3). Given the session of a request, the change of the request so far is stored, and it gets a
   * new id with the response. Resolves with how many ended. Throws `SessionUsageError` when nobody is
   * signed in.
   */
  async revokeOthers(session: SessionHandle<unknown> | string): Promise<number> {
    const current = typeof session === 'string' ? await this.#listed(session) : await own(session);
    const { principal, handle } = current;
    const { ended } = await answered(() => this.runtime.principals.revokeOthers(principal, handle));
    if (typeof session !== 'string') await session.rotate();
    return ended.length;
  }

  /**
   * "Log out everywhere": ends every session of a principal, the present one included. Resolves with
   * how many ended.
   */
  async revokeAll(principal: string): Promise<number> {
    const { ended } = await answered(() => this.runtime.principals.revokeAll(principal));
    return ended.length;
  }

  /**
   * The administrator's {@link revokeAll}: an account was disabled or deleted (ASVS 7.4.2, 7.4.5). It
   * signs nobody out who is not signed in yet: refuse new logins first. `reason` is for the event
   * `principal-revoked`. There is no call that ends the sessions of everybody: change the `secret`.
   */
  async revokePrincipal(principal: string, reason = 'revoked'): Promise<number> {
    const ended = await this.revokeAll(principal);
    this.runtime.emit({ kind: 'principal-revoked', principal, reason, ended });
    return ended;
  }

  /** Where this node stands. */
  status(): ClusterStatus {
    return this.cluster.status();
  }

  /** The nodes of the cluster, as this one sees them. */
  members(): readonly ClusterMember[] {
    return this.cluster.members();
  }

  async #listed(session: string): Promise<ListedSession> {
    const facts = await this.find(session);
    if (!facts?.principal || facts.handle === null) throw nobody();
    return { principal: facts.principal.id, handle: facts.handle };
  }
}

/** A login of this request is on the list once it is stored. */
async function own(session: SessionHandle<unknown>): Promise<ListedSession> {
  await session.save();
  const listed = controlOf(session).place();
  if (!listed) throw nobody();
  return listed;
}

function nobody(): SessionUsageError {
  return new SessionUsageError('nobody is signed in: there are no other sessions to end');
}

async function answered<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    // Without the value, and without the error as a cause: it may be the cookie of somebody.
    if (error instanceof OptionError) {
      throw new SessionUsageError(`${error.option}: expected ${error.expected}`);
    }
    if (error instanceof LimitError) throw new SessionUsageError(error.message, { cause: error });
    throw toSessionError(error, false);
  }
}
