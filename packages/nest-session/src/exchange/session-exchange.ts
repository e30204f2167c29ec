import type { Durability, OpenResult, SessionSnapshot } from '@understudy/replication';
import {
  AuthenticationRequiredError,
  FreshLoginRequiredError,
  SessionEndedError,
  SessionLostError,
} from '../errors.js';
import type { FreshLoginRule } from '../guards/fresh-login.guard.js';
import type { RequestFacts } from '../http/request-facts.js';
import type { ResponseSettler } from '../http/response-gate.js';
import type { ResponseDraft, Settlement } from '../http/settlement.js';
import { END_DETAILS } from '../lifetime/end-details.js';
import { freeLock, holdLock } from '../lock/hold-lock.js';
import type { LockRule } from '../lock/lock-rule.js';
import type { OnConflict } from '../options/on-conflict.js';
import { bringUpToDate } from '../schema/bring-up-to-date.js';
import type { Principal } from '../session/principal.js';
import type { SessionHandle } from '../session/session-handle.js';
import type { SessionEvent } from '../session-events.js';
import { ExchangeState, extendsIdle, requestName } from './exchange-state.js';
import { HandleControl } from './handle-control.js';
import { holdSession } from './held-session.js';
import type { ResponseProgress } from './late-changes.js';
import { type Opened, openSession } from './open-session.js';
import { reserveKey } from './reserve-key.js';
import type { SessionRuntime } from './session-runtime.js';
import { release, settleResponse } from './settle-response.js';
import { toSessionError } from './store-errors.js';

/**
 * One request and its response, seen by the session layer: finds the session before anything runs,
 * gives the application its handle, and settles the response before its first byte. A session that
 * this node leads is opened when somebody first looks at it, any other before the handler runs.
 */
export class SessionExchange implements ResponseSettler, ResponseProgress {
  readonly #state: ExchangeState;
  #control: HandleControl | undefined;
  #locking: Promise<void> | undefined;
  #response: ResponseProgress['response'] = 'open';

  constructor(runtime: SessionRuntime, facts: RequestFacts) {
    this.#state = new ExchangeState(runtime, facts);
  }

  /** Milliseconds since 1970, by the clock of the options. */
  now(): number {
    return this.#state.runtime.now();
  }

  get facts(): RequestFacts {
    return this.#state.facts;
  }

  /** What `request.session` and `@Session()` are. */
  get handle(): SessionHandle {
    return this.#handleControl.handle;
  }

  /**
   * Finds the session the client came with; undefined when there is nothing to wait for. Rejects
   * with a `SessionError` before anything ran.
   */
  open(): Promise<void> | undefined {
    const state = this.#state;
    const { runtime, facts, cookies } = state;
    if (cookies.refused) runtime.emit({ kind: 'cookie-refused', ip: facts.ip });
    if (cookies.ids.length === 0 && cookies.legacy.length === 0) return undefined;
    const held = holdSession(runtime, facts, cookies);
    if (!held) return this.#find();
    state.hold(held);
    return undefined;
  }

  async #find(): Promise<void> {
    const { runtime, facts, cookies } = this.#state;
    try {
      const found = await openSession(runtime, facts, cookies);
      this.#state.enter(runtime.policy.schema ? await readable(runtime, found) : found);
    } catch (error) {
      const failure = toSessionError(error, false);
      this.#state.fail(failure);
      throw failure;
    }
  }

  /**
   * Takes up a session where no response goes out, by its key: a message of a socket. Nothing is
   * stored but by `save()` and `update()`. Undefined: there is none.
   */
  async resume(key: string | undefined): Promise<void> {
    const { runtime } = this.#state;
    this.#state.headersGone = true;
    if (key === undefined) return;
    try {
      const found = resumed(await runtime.store.open(key));
      this.#state.enter(runtime.policy.schema ? await readable(runtime, found) : found);
    } catch (error) {
      throw toSessionError(error, false);
    }
  }

  /** Why {@link open} was rejected. */
  get failure(): Error | undefined {
    return this.#state.failure;
  }

  /** The record as it was last seen; undefined while there is none. */
  get snapshot(): SessionSnapshot | undefined {
    const { presence } = this.#state.live;
    return presence.kind === 'present' ? presence.snapshot : undefined;
  }

  /**
   * Whether a session came, and by a way that browsers go by themselves, whoever caused the request: any
   * other takes a client that means it.
   */
  get cameWithCookie(): boolean {
    const { held, cameWithSession, cookies } = this.#state;
    return (cameWithSession || held !== undefined) && cookies.channel === 'cookie';
  }

  /** When the session ends if nobody comes back; undefined while there is none. */
  get expiresAt(): Date | undefined {
    const { snapshot } = this;
    if (!snapshot) return undefined;
    const { runtime, live } = this.#state;
    const idleMs = extendsIdle(this.#state)
      ? live.facts.lifetime.current.idleTimeoutMs
      : snapshot.idleRemainingMs;
    return new Date(runtime.now() + Math.min(idleMs, snapshot.absoluteRemainingMs));
  }

  get principal(): Principal | null {
    const { live } = this.#state;
    return live.presence.kind === 'ended' ? null : live.facts.principal;
  }

  /** The CSRF token the session has; never makes one. */
  get csrfToken(): string | undefined {
    const { live } = this.#state;
    return live.presence.kind === 'ended' ? undefined : live.facts.csrfToken;
  }

  /** Throws what a guard answers when there is no session. */
  requireSession(): void {
    this.#refuseGone();
    if (!this.snapshot) throw new AuthenticationRequiredError('this needs a session');
  }

  /** Throws what a guard answers when nobody is signed in. */
  requirePrincipal(): Principal {
    this.#refuseGone();
    const { principal } = this;
    if (!principal) throw new AuthenticationRequiredError();
    return principal;
  }

  /** Throws what a guard answers when the last login is not good enough. */
  requireFreshLogin({ maxAgeMs, factors }: FreshLoginRule): void {
    this.requirePrincipal();
    const { runtime, live } = this.#state;
    const proof = live.facts.proof;
    // Either way: a clock that was put back makes an old login one of the future, not a fresh one.
    const isFresh = proof !== undefined && Math.abs(runtime.now() - proof.atMs) <= maxAgeMs;
    if (isFresh && proof.factors >= factors) return;
    throw new FreshLoginRequiredError(Math.floor(maxAgeMs / 1000), factors);
  }

  /** Tells whoever listens to `SessionEvents`. */
  tell(event: SessionEvent): void {
    this.#state.runtime.emit(event);
  }

  /** Makes the session exist now. */
  async ensure(): Promise<void> {
    if (this.snapshot) return;
    this.#state.live.requireRecord();
    await this.#handleControl.save();
  }

  /** The request is not the user's doing: it does not extend the idle time. */
  bePassive(): void {
    this.#state.isPassive = true;
  }

  setOnConflict(onConflict: OnConflict): void {
    this.#state.onConflict = onConflict;
  }

  /** See {@link holdLock}. One lock for one request: a second call is the first one's. */
  lock(rule: LockRule): Promise<void> {
    this.#locking ??= holdLock(this.#state, rule);
    return this.#locking;
  }

  setDurability(durability: Durability): void {
    this.#state.durability = durability;
  }

  /** Adds a member to a list header of the response, whatever the response will be. */
  appendHeader(name: string, value: string): void {
    this.#state.headers ??= {};
    const { headers } = this.#state;
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }

  /** See {@link reserveKey}. */
  reserve(key: string, fingerprint: string): Promise<boolean> {
    return reserveKey(this.#state, key, fingerprint);
  }

  /** Forgets the idempotency key: the request was refused before its handler ran. */
  releaseKey(): void {
    release(this.#state);
  }

  /** A defect of the application, which its developer would not see where a client is told of it. */
  reportDefect({ stack }: Error): void {
    this.#state.runtime.logger.error(`${requestName(this.#state)} was answered 500: ${stack}`);
  }

  /** See {@link settleResponse}. */
  respond(draft: ResponseDraft): Settlement | Promise<Settlement> {
    const settling = settleResponse(this.#state, draft);
    // Of one that is not whole, what the rest of the handler changes is looked at by `finish()`.
    if (draft.body !== undefined) this.#response = 'settling';
    if (!this.#state.lock) return settling;
    // Not before everything is stored: the next holder reads it.
    return Promise.resolve(settling).finally(() => freeLock(this.#state));
  }

  /** Counts how the response was settled. */
  settled(settlement: Settlement, heldMs: number | undefined): void {
    this.#state.runtime.responses.settled(settlement, heldMs);
    if (this.#response === 'settling') this.#ended();
  }

  /** See {@link ResponseProgress}. */
  get response(): ResponseProgress['response'] {
    return this.#response;
  }

  /** The response has ended that was let go before it was complete. */
  finish(): void {
    this.#reportUnsaved();
    this.#ended();
  }

  #ended(): void {
    this.#response = 'ended';
    this.#control?.responseEnded();
  }

  #reportUnsaved(): void {
    const { entered, runtime } = this.#state;
    const name = requestName(this.#state);
    try {
      if (!entered?.changed) return;
      runtime.logger.error(
        `${name}: the session was changed after the headers left and never saved; ` +
          'change it earlier, or call session.save()',
      );
    } catch (error) {
      runtime.logger.error(`${name}: ${(error as Error).message}`);
    }
  }

  get #handleControl(): HandleControl {
    this.#control ??= new HandleControl(this.#state, this);
    return this.#control;
  }

  #refuseGone(): void {
    const { presence } = this.#state.live;
    if (presence.kind === 'ended') throw new SessionEndedError();
    if (presence.kind !== 'absent') return;
    if (presence.why === 'lost') throw new SessionLostError();
    if (presence.reason) throw new AuthenticationRequiredError(END_DETAILS[presence.reason]);
  }
}

function resumed(result: OpenResult): Opened {
  switch (result.status) {
    case 'found':
      return { kind: 'present', snapshot: result.snapshot, route: undefined };
    case 'destroyed':
      return { kind: 'absent', why: 'ended', reason: result.reason };
    case 'unknown':
      return { kind: 'absent', why: 'lost' };
  }
}

/** The session with properties that the application can read. */
async function readable(runtime: SessionRuntime, found: Opened): Promise<Opened> {
  if (found.kind !== 'present') return found;
  const snapshot = await bringUpToDate(runtime, found.snapshot);
  return snapshot ? { ...found, snapshot } : { kind: 'absent', why: 'ended' };
}
