import { Injectable, Logger } from '@nestjs/common';
import { Observable, Subject } from 'rxjs';
import type { ProblemName } from './http/problem.js';
import { MAX_EVENT_CHARACTERS } from './limits.js';

/** What an application tells of a login that failed. */
export interface FailedLogin {
  readonly ip: string;
  /** Such as `unknown account` or `wrong password`; never what was typed. */
  readonly reason: string;
  /** The account, if it exists: people type their password where the name belongs. */
  readonly principal?: string | undefined;
}

/** What an application tells of something that should not happen. */
export interface Anomaly {
  /** Such as `two countries within an hour`. */
  readonly what: string;
  /** `session.id`, never the id. */
  readonly session?: string | undefined;
  readonly principal?: string | undefined;
  readonly ip?: string | undefined;
}

/** What happened to a session. `session` is the hash of its id: safe to log and to store. */
export type SessionEvent =
  | { readonly kind: 'created'; readonly session: string }
  | {
      readonly kind: 'login';
      readonly session: string;
      readonly previous?: string | undefined;
      readonly principal: string;
      readonly ip: string;
    }
  /** Somebody could not prove who they are; told by the application, see `loginFailed`. */
  | ({ readonly kind: 'login-failed' } & FailedLogin)
  | {
      readonly kind: 'rotated';
      readonly session: string;
      readonly previous: string;
      /** `age`: by `timeouts.renew`. Absent: the application asked for it. */
      readonly reason?: 'age' | undefined;
    }
  /**
   * It is over: `logout`, `destroyed`, `idle`, `expired`, `evicted` (made room for another login, in
   * rare cases before it was stored itself), `revoked`, or what `SessionService.revoke` was given. Told
   * once in the cluster, by the node that decided it, which need not be the one that was asked.
   */
  | { readonly kind: 'ended'; readonly session: string; readonly reason: string }
  /** An id came that a login or a rotation had replaced, after it had ceased to answer. */
  | { readonly kind: 'replaced-id'; readonly session: string }
  /** The session existed and no node that answered has it. */
  | { readonly kind: 'lost'; readonly session: string }
  /** A session of express-session was taken over, with its properties and under a new id. */
  | { readonly kind: 'migrated'; readonly session: string }
  /**
   * A client had seen changes that no surviving node has. Told by the node that owns the session,
   * which knows it by the beginning of its hash.
   */
  | {
      readonly kind: 'lost-revisions';
      readonly session: string;
      readonly seen: string;
      readonly found: string;
    }
  /**
   * A principal had as many sessions as `limits.perPrincipal` allows: `ended` of them made room for a
   * login, or none and the login was refused. Told by the node that took the login.
   */
  | {
      readonly kind: 'limit-reached';
      readonly principal: string;
      readonly limit: number;
      readonly onLimit: 'evict-oldest' | 'reject';
      readonly ended: number;
    }
  /** `SessionService.revokePrincipal`: all its sessions were ended, for the reason given. */
  | {
      readonly kind: 'principal-revoked';
      readonly principal: string;
      readonly reason: string;
      readonly ended: number;
    }
  /** Told by the application, see `anomaly`. */
  | ({ readonly kind: 'anomaly' } & Anomaly)
  /**
   * `@Authenticated()`, `@Roles()` or `@FreshLogin()` refused a request, a message of a socket or a field of
   * a query. Without a reason: somebody signed in lacks the role that a route needs. Else the problem told
   * to the client.
   */
  | {
      readonly kind: 'access-refused';
      readonly reason?: ProblemName | undefined;
      /** Absent: nobody was signed in. */
      readonly principal?: string | undefined;
      readonly ip: string;
    }
  /** A cookie was not signed by this application. */
  | { readonly kind: 'cookie-refused'; readonly ip: string }
  /** A session came from another client than before; see the option `binding`. */
  | {
      readonly kind: 'client-changed';
      readonly session: string;
      readonly ip: string;
      readonly trait: 'userAgent' | 'ip';
      /** What is done about it. */
      readonly action: 'report' | 'reauthenticate' | 'reject';
    }
  /**
   * The properties of a session could not be read by the application's schema. They are kept aside
   * in its record, and the session goes on without. The reason names no value.
   */
  | {
      readonly kind: 'data-quarantined';
      readonly session: string;
      readonly version: number;
      readonly reason: string;
      /** False when it took more than half of `limits.maxBytes`: it is gone. */
      readonly kept: boolean;
    }
  | { readonly kind: 'csrf-refused'; readonly ip: string; readonly reason: string }
  | {
      readonly kind: 'rate-limited';
      readonly ip: string;
      readonly policies: readonly string[];
      /** False: a dry run, which would have refused the request and let it through. */
      readonly enforced: boolean;
    };

/** What can happen to a session; `docs/audit.md` says when, and with which fields. */
export type SessionEventKind = SessionEvent['kind'];

/** The life of sessions on this node, as it happens: for audit logs, metrics and reactions. */
@Injectable()
export class SessionEvents {
  readonly #logger = new Logger(SessionEvents.name);
  readonly #subject = new Subject<SessionEvent>();

  /** Every event from now on; completes when the application has shut down. */
  readonly stream: Observable<SessionEvent> = this.#subject.asObservable();

  /** Calls the listener for one kind of event; returns a function that stops it. */
  on<Kind extends SessionEventKind>(
    kind: Kind,
    listener: (event: Extract<SessionEvent, { kind: Kind }>) => void,
  ): () => void {
    const subscription = this.#subject.subscribe((event) => {
      if (event.kind === kind) this.#call(listener, event as Extract<SessionEvent, { kind: Kind }>);
    });
    return () => subscription.unsubscribe();
  }

  /** Tells everybody who listens that a login failed; texts are cut at 256 characters. */
  loginFailed({ ip, reason, principal }: FailedLogin): void {
    this.emit({ kind: 'login-failed', ...texts({ ip, reason, principal }) });
  }

  /** Tells everybody who listens of something that should not happen; texts are cut as above. */
  anomaly({ what, session, principal, ip }: Anomaly): void {
    this.emit({ kind: 'anomaly', ...texts({ what, session, principal, ip }) });
  }

  /** For the session layer itself. */
  emit(event: SessionEvent): void {
    this.#subject.next(event);
  }

  /** For the session layer itself. */
  complete(): void {
    this.#subject.complete();
  }

  /** A listener that throws must not fail the request that caused the event. */
  #call<Event>(listener: (event: Event) => void, event: Event): void {
    try {
      listener(event);
    } catch (error) {
      this.#logger.error(`a listener of session events failed: ${(error as Error).message}`);
    }
  }
}

/** Without what is absent; a client may have chosen how long the rest is. */
function texts<Facts extends Readonly<Record<string, string | undefined>>>(facts: Facts): Facts {
  const told = Object.entries(facts).filter(([, text]) => text !== undefined);
  return Object.fromEntries(
    told.map(([name, text]) => [name, String(text).slice(0, MAX_EVENT_CHARACTERS)]),
  ) as Facts;
}
