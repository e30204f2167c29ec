import type { Durability, OpenResult, SessionSnapshot } from '@understudy/replication';
import { applyJudgement, examineClient } from '../binding/bind-client.js';
import {
  AuthenticationRequiredError,
  FreshLoginRequiredError,
  SessionEndedError,
  SessionLostError,
} from '../errors.js';
import type { FreshLoginRule } from '../guards/fresh-login.guard.js';
import type { RequestFacts } from '../http/request-facts.js';
import type { ResponseDraft, Settlement } from '../http/settlement.js';
import { END_DETAILS } from '../lifetime/end-details.js';
import { freeLock, holdLock } from '../lock/hold-lock.js';
import type { LockRule } from '../lock/lock-rule.js';
import type { OnConflict } from '../options/on-conflict.js';
import { bringUpToDate } from '../schema/bring-up-to-date.js';
import type { Principal } from '../session/principal.js';
import type { SessionHandle } from '../session/session-handle.js';
import { type Client, clientOf } from './client.js';
import { type ExchangeState, isPassive, requestName } from './exchange-state.js';
import { HandleControl } from './handle-control.js';
import { LiveSession } from './live-session.js';
import { type Opened, openSession } from './open-session.js';
import { presentedCookies } from './presented-cookies.js';
import { reserveKey } from './reserve-key.js';
import type { SessionRuntime } from './session-runtime.js';
import { release, settleResponse } from './settle-response.js';
import { toSessionError } from './store-errors.js';

const NO_SESSION: Opened = { kind: 'absent', why: 'none' };

/**
 * One request and its response, seen by the session layer: opens the session before anything runs,
 * gives the application its handle, and settles the response before its first byte.
 */
export class SessionExchange {
  readonly #state: ExchangeState;
  readonly #control: HandleControl;
  readonly #client: Client;
  #cameWithSession = false;
  #locking: Promise<void> | undefined;

  constructor(runtime: SessionRuntime, facts: RequestFacts) {
    this.#client = clientOf(runtime, facts);
    this.#state = {
      runtime,
      facts,
      cookies: presentedCookies(runtime, facts),
      headers: {},
      live: new LiveSession(runtime, NO_SESSION, this.#client),
      cameSignedIn: false,
      route: undefined,
      wasPersistent: false,
      durability: runtime.policy.durability,
      onConflict: runtime.policy.onConflict,
      lock: undefined,
      reservation: undefined,
      replay: undefined,
      isPassive: false,
      headersGone: false,
    };
    this.#control = new HandleControl(this.#state);
    if (this.#state.cookies.refused) runtime.emit({ kind: 'cookie-refused', ip: facts.ip });
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
    return this.#control.handle;
  }

  /** Whether {@link open} has anything to wait for. */
  get hasCookie(): boolean {
    const { ids, legacy } = this.#state.cookies;
    return ids.length > 0 || legacy.length > 0;
  }

  /** Loads the session the client came with. Rejects with a `SessionError` before anything ran. */
  async open(): Promise<void> {
    const { runtime, facts, cookies } = this.#state;
    try {
      const found = await openSession(runtime, facts, cookies);
      this.#enter(runtime.policy.schema ? await readable(runtime, found) : found);
    } catch (error) {
      throw toSessionError(error, false);
    }
  }

  /**
   * Takes up a session where no response goes out, by its key: a message of a socket. Nothing is stored
   * but by `save()` and `update()`. Undefined: there is none.
   */
  async resume(key: string | undefined): Promise<void> {
    const { runtime } = this.#state;
    this.#state.headersGone = true;
    if (key === undefined) return;
    try {
      const found = resumed(await runtime.store.open(key));
      this.#enter(runtime.policy.schema ? await readable(runtime, found) : found);
    } catch (error) {
      throw toSessionError(error, false);
    }
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
    return this.#cameWithSession && this.#state.cookies.channel === 'cookie';
  }

  /** When the session ends if nobody comes back; undefined while there is none. */
  get expiresAt(): Date | undefined {
    const { snapshot } = this;
    if (!snapshot) return undefined;
    const { runtime, live } = this.#state;
    const idleMs = isPassive(this.#state)
      ? snapshot.idleRemainingMs
      : live.lifetime.current.idleTimeoutMs;
    return new Date(runtime.now() + Math.min(idleMs, snapshot.absoluteRemainingMs));
  }

  get principal(): Principal | null {
    const { live } = this.#state;
    return live.presence.kind === 'ended' ? null : live.principal;
  }

  /** The CSRF token the session has; never makes one. */
  get csrfToken(): string | undefined {
    const { live } = this.#state;
    const token = live.presence.kind === 'ended' ? undefined : live.system.get('csrf');
    return typeof token === 'string' ? token : undefined;
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
    const proof = live.proof;
    if (proof && runtime.now() - proof.atMs <= maxAgeMs && proof.factors >= factors) return;
    throw new FreshLoginRequiredError(Math.floor(maxAgeMs / 1000), factors);
  }

  /** Makes the session exist now. */
  async ensure(): Promise<void> {
    if (this.snapshot) return;
    this.#state.live.requireRecord();
    await this.#control.save();
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

  /** See {@link settleResponse}. */
  settle(draft: ResponseDraft): Settlement | Promise<Settlement> {
    const settling = settleResponse(this.#state, draft);
    if (!this.#state.lock) return settling;
    // Not before everything is stored: the next holder reads it.
    return Promise.resolve(settling).finally(() => freeLock(this.#state));
  }

  /** The response has ended that was let go before it was complete. */
  finish(): void {
    const { live, runtime } = this.#state;
    const name = requestName(this.#state);
    try {
      if (!live.changed) return;
      runtime.logger.error(
        `${name}: the session was changed after the headers left and never saved; ` +
          'change it earlier, or call session.save()',
      );
    } catch (error) {
      runtime.logger.error(`${name}: ${(error as Error).message}`);
    }
  }

  /** Takes up the session a request came with, unless it is bound to another client. */
  #enter(found: Opened): void {
    const state = this.#state;
    const { runtime, facts } = state;
    const judgement =
      found.kind === 'present' ? examineClient(runtime, facts, found.snapshot) : undefined;
    const isRefused = judgement?.changes.some(({ action }) => action === 'reject') ?? false;
    const opened = isRefused ? NO_SESSION : found;
    state.live = new LiveSession(runtime, opened, this.#client);
    this.#cameWithSession = opened.kind === 'present';
    if (opened.kind !== 'present') return;
    state.route = opened.route;
    state.wasPersistent = state.live.lifetime.current.isPersistent;
    state.cameSignedIn = state.live.principal !== null;
    if (judgement) applyJudgement(state, judgement);
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
