import { inspect } from 'node:util';
import { SessionUsageError } from '../errors.js';
import { flashOf } from './flash.js';
import type { Flash } from './flash-messages.js';
import { type IncrementPath, incrementPath } from './increment.js';
import type { LoginOptions } from './login-options.js';
import { type Principal, type PrincipalInput, toPrincipal } from './principal.js';
import type { SessionControl, SessionCookieInfo } from './session-control.js';
import { createSessionCookie } from './session-cookie.js';
import type { UpdateOptions } from './update-options.js';

/**
 * What a session holds. Augment it for the whole application, or pass a type of your own to
 * `Session<…>`:
 *
 * ```ts
 * declare module '@understudy/nest-session' { interface SessionData { visits?: number } }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: applications add their properties to it
export interface SessionData {}

type Callback = (error?: unknown) => void;

/** A handle answers it with what is behind its proxy; nothing lists it. */
export const TARGET = Symbol('understudy.target');

let readControl: (target: SessionHandle<never>) => SessionControl | undefined;
let writeControl: (target: SessionHandle<never>, control: SessionControl) => void;

interface Handle {
  readonly [TARGET]?: SessionHandle<never> | undefined;
}

/** Ties a handle to its request. */
export function attachControl(handle: object, control: SessionControl): void {
  const target = (handle as Handle)[TARGET];
  if (target) writeControl(target, control);
}

/** What a handle's proxy stands in front of. */
export function handleTarget(control: SessionControl): SessionHandle {
  const target = new SessionHandle();
  writeControl(target as SessionHandle<never>, control);
  return target;
}

/** The control behind a target; a handle's own, once another was attached. */
export function controlBehind(target: object): SessionControl {
  return readControl(target as SessionHandle<never>) as SessionControl;
}

/**
 * The methods of `@Session()` and `request.session`. Properties are the application's; what is
 * defined here cannot be overwritten. Methods with a callback also return a promise without one,
 * so that Passport and code written for express-session work as they are.
 */
export class SessionHandle<Data = SessionData> {
  /**
   * In a private field, where nothing that prints an object finds it, and not in a `WeakMap`: entries
   * of one are looked at by each collection of young objects, which took a sixth of all time.
   */
  #control: SessionControl | undefined;

  static {
    readControl = (target) => (#control in target ? target.#control : undefined);
    writeControl = (target, control) => {
      target.#control = control;
    };
  }

  /** SHA-256 of the session id: safe to log and to show, and of no use as a cookie. */
  get id(): string {
    return controlOf(this).key();
  }

  /** The id cookie; `maxAge` and `expires` can be set, see {@link SessionCookieInfo}. */
  get cookie(): SessionCookieInfo {
    return createSessionCookie(controlOf(this));
  }

  /** Who is signed in, or null. */
  get principal(): Principal | null {
    return controlOf(this).principal();
  }

  /** The token for forms (`_csrf`) and the `X-CSRF-Token` header; makes the session exist. */
  get csrfToken(): string {
    return controlOf(this).csrfToken();
  }

  /**
   * Stores the changes so far; without it they are stored before the response leaves.
   *
   * @throws `SessionEndedError` (`session-ended`, 401) when the session was ended meanwhile
   * @throws `SessionLimitError` (`session-limit`, 403) for a login beyond `limits.perPrincipal`
   * @throws `SessionConflictError` (`session-conflict`, 409) where `onConflict` is `reject`
   * @throws `LockLostError` (`lock-lost`, 409) when the lease of `@SessionLock()` ran out
   * @throws `SessionTooLargeError` (`session-too-large`, 413) beyond `limits.maxBytes`, 256 KB
   * @throws `SessionValueRefusedError` (`session-value`, 500) for a value no session can hold
   * @throws `SessionUsageError` (`session-value`, 500) for a new session after the headers left
   * @throws `SessionNotAvailableError` (`session-unavailable`, 503) when nothing was stored
   * @throws `CommitFateUnknownError` (`commit-unknown`, 504) when it may have been
   */
  save(): Promise<void>;
  save(callback: Callback): void;
  save(callback?: Callback): Promise<void> | undefined {
    return settle(controlOf(this).save(), callback);
  }

  /**
   * Drops the changes not stored yet and shows what the cluster holds now.
   *
   * @throws `SessionEndedError` (`session-ended`, 401) when the session was ended meanwhile
   * @throws `SessionNotAvailableError` (`session-unavailable`, 503) when nobody can tell
   */
  reload(): Promise<void>;
  reload(callback: Callback): void;
  reload(callback?: Callback): Promise<void> | undefined {
    return settle(controlOf(this).reload(), callback);
  }

  /**
   * Extends the idle time, `timeouts.idle`, default 30 minutes (ASVS 7.3.1). Every request does so
   * unless it is passive.
   *
   * @throws `SessionEndedError` (`session-ended`, 401) when the session was ended here
   */
  touch(): Promise<void>;
  touch(callback: Callback): void;
  touch(callback?: Callback): Promise<void> | undefined {
    controlOf(this).touch();
    return settle(Promise.resolve(), callback);
  }

  /**
   * Empties the session and gives it a new id; the old one is dead before the response leaves.
   * With a callback `request.session` is a new object, as with express-session, and this one goes
   * on showing the old properties. What is below is thrown at once, also with a callback; what
   * storing it fails with, `save()` and the response tell.
   *
   * @throws `SessionEndedError` (`session-ended`, 401) when the session was ended here
   * @throws `SessionUsageError` (`session-value`, 500) after the headers left, and in sockets
   */
  regenerate(): Promise<void>;
  regenerate(callback: Callback): void;
  regenerate(callback?: Callback): Promise<void> | undefined {
    const control = controlOf(this);
    if (callback) control.replaceHandle();
    control.regenerate();
    return settle(Promise.resolve(), callback);
  }

  /**
   * Ends the session for good; resolves when no reachable node would serve it again (ASVS 7.4.1).
   *
   * @throws `SessionEndedError` (`session-ended`, 401) when it was ended here before
   * @throws `SessionNotAvailableError` (`session-unavailable`, 503) when it still goes on
   * @throws `CommitFateUnknownError` (`commit-unknown`, 504) when it may go on
   */
  destroy(): Promise<void>;
  destroy(callback: Callback): void;
  destroy(callback?: Callback): Promise<void> | undefined {
    return settle(controlOf(this).destroy('destroyed'), callback);
  }

  /**
   * Signs a principal in: the session keeps its properties and gets a new id and CSRF token. The
   * old id is dead on every node before the response leaves (ASVS 7.2.4). Stored together with the
   * other changes of the request; a response of 500 or more signs nobody in. Also for somebody who
   * is signed in already and proves it once more (`@FreshLogin()`). Resolves before it is stored: a
   * `session-limit` (403) of `limits.perPrincipal` comes from `save()` or is the response.
   *
   * @throws `SessionEndedError` (`session-ended`, 401) when the session was ended here
   * @throws `SessionUsageError` (`session-value`, 500) for a principal or options that make no sense,
   * after the headers left, and in sockets
   * @throws `SessionValueRefusedError` (`session-value`, 500) for a property no session can hold
   */
  async login(principal: PrincipalInput, options: LoginOptions = {}): Promise<void> {
    controlOf(this).login(toPrincipal(principal), options);
  }

  /**
   * Signs out: ends the session as {@link destroy} does (ASVS 7.4.1). Any use after it fails.
   *
   * @throws `SessionEndedError` (`session-ended`, 401), and what else {@link destroy} does
   */
  logout(): Promise<void> {
    return controlOf(this).destroy('logout');
  }

  /**
   * Gives the session a new id; parallel requests with the old one are still served shortly. Stored
   * with the other changes of the request.
   *
   * @throws `SessionEndedError` (`session-ended`, 401) when the session was ended here
   * @throws `SessionUsageError` (`session-value`, 500) after the headers left, and in sockets
   */
  async rotate(): Promise<void> {
    controlOf(this).rotate();
  }

  /**
   * Changes the session as if no one else could meanwhile: `change` gets the newest properties, and
   * runs again when another request was faster, up to 32 times. Stores earlier changes, and its own,
   * at once. What `change` throws is passed on, and nothing of it is stored. `durability`: how many
   * copies its own wait for; the earlier ones, as `@Durability()` or the options say. `once`: a name
   * under which a request with an `Idempotency-Key` makes it once, see {@link UpdateOptions}.
   *
   * @throws `SessionUsageError` (`session-value`, 500) with `cookieStore()`, which has no newest, and
   * for a durability or a name that is none, or a result of `once` that cannot be remembered
   * @throws `IdempotencyMismatchError` (`idempotency-mismatch`, 422) where `once` was made with another body
   * @throws `SessionNotAvailableError` (`session-unavailable`, 503) when others were always faster
   * @throws `SessionEndedError` (`session-ended`, 401), and what else {@link save} does
   */
  update<Result>(
    change: (draft: Data) => Result | Promise<Result>,
    options: UpdateOptions = {},
  ): Promise<Result> {
    return controlOf(this).update(change as (draft: object) => Result | Promise<Result>, options);
  }

  /**
   * Adds to a number so that parallel requests add up. `path` is a name, `'a.b'` or `['a', 'b']`;
   * what is missing counts as 0. `by` defaults to 1. Returns the sum as this request sees it.
   *
   * @throws `SessionEndedError` (`session-ended`, 401) when the session was ended here
   * @throws `SessionUsageError` (`session-value`, 500) for a path or `by` that makes no sense, for what
   * is no number, for a reserved name, and with `cookieStore()`
   */
  increment(path: IncrementPath, by = 1): number {
    const segments = incrementPath(path);
    refuseReserved(segments[0] as string);
    const control = controlOf(this);
    control.requireServer('increment()');
    return control.writable().increment(segments, by);
  }

  /**
   * Messages for the next page: `flash('info', 'Saved')`, and there `flash('info')`. See {@link Flash}.
   * Shows the messages by kind besides, so that connect-flash shares them.
   */
  get flash(): Flash {
    return flashOf(controlOf(this));
  }

  /** What `console.log(session)` prints: the properties, never the id. */
  [inspect.custom](): unknown {
    const control = findControl(this);
    if (!control) return 'Session {}';
    try {
      const bag = control.readable();
      return Object.fromEntries(bag.keys().map((key) => [key, bag.get(key)]));
    } catch {
      return 'Session { ended }';
    }
  }
}

/** Names that are methods of the handle, or that would make an object behave as another. */
const RESERVED: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(SessionHandle.prototype),
  '__proto__',
  'prototype',
  'then',
  'toJSON',
]);

export function isReserved(name: string): boolean {
  return RESERVED.has(name);
}

/** Throws when an application writes to a name it cannot have; dropping it would be worse. */
export function refuseReserved(name: string): void {
  if (RESERVED.has(name)) {
    throw new SessionUsageError(`session.${name} cannot be written: the name is reserved`);
  }
}

function findControl(handle: object): SessionControl | undefined {
  const target = (handle as Handle)[TARGET];
  return target && readControl(target);
}

export function controlOf(handle: object): SessionControl {
  const control = findControl(handle);
  if (!control) throw new SessionUsageError('this session handle belongs to no request');
  return control;
}

function settle(work: Promise<void>, callback: Callback | undefined): Promise<void> | undefined {
  if (!callback) return work;
  // A callback that throws must reach the process as it would from any other timer.
  work.then(
    () => setImmediate(callback),
    (error: unknown) => setImmediate(callback, error),
  );
  return undefined;
}
