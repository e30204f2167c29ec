import type { Durability, HeldLock } from '@understudy/replication';
import { applyJudgement, bindsClients, examineClient } from '../binding/bind-client.js';
import { REQUEST_HEADERS } from '../http/contract.js';
import type { RequestFacts } from '../http/request-facts.js';
import type { Replacement } from '../http/settlement.js';
import type { OnConflict } from '../options/on-conflict.js';
import type { SessionRoute } from '../route/route-cookie.js';
import { type Client, RequestClient } from './client.js';
import type { CommitOptions } from './commit-outcome.js';
import { type HeldSession, openHeld } from './held-session.js';
import { LiveSession } from './live-session.js';
import type { Opened } from './open-session.js';
import { type PresentedCookies, presentedCookies } from './presented-cookies.js';
import type { SessionRuntime } from './session-runtime.js';

/** What the parts of an exchange share while one request runs; made when it is asked for. */
export class ExchangeState {
  readonly client: Client;
  /** Headers that guards and services add to whatever the response will be; undefined: none. */
  headers: Record<string, string> | undefined;
  /** Somebody was signed in when the request came. */
  cameSignedIn = false;
  /** A session came with the request, and this client may use it. */
  cameWithSession = false;
  /** The route the client carries, when it belongs to its session. */
  route: SessionRoute | undefined;
  /** The client's cookies outlive its browser. */
  wasPersistent = false;
  /** How many copies a change of this route waits for. */
  durability: Durability;
  onConflict: OnConflict;
  /** The lock this request holds, and of which session: a login gives that another key. */
  lock: { readonly key: string; readonly held: HeldLock } | undefined;
  /** An idempotency key this request holds. */
  reservation: { readonly key: string; readonly fingerprint: string } | undefined;
  /** The remembered outcome that will be the response. */
  replay: Replacement | undefined;
  /** This request does not extend the idle time, whatever its headers say. */
  isPassive = false;
  /** The response is being settled or on its way: cookies come too late. */
  headersGone = false;
  #cookies: PresentedCookies | undefined;
  #held: HeldSession | undefined;
  #live: LiveSession | undefined;
  #revoked: Revoked | undefined;
  #endsSeen: number;
  #isUsed = false;
  #failure: Error | undefined;

  constructor(
    readonly runtime: SessionRuntime,
    readonly facts: RequestFacts,
  ) {
    this.client = new RequestClient(runtime, facts);
    this.durability = runtime.policy.durability;
    this.onConflict = runtime.policy.onConflict;
    this.#endsSeen = runtime.principals.ends.count;
  }

  get cookies(): PresentedCookies {
    this.#cookies ??= presentedCookies(this.runtime, this.facts);
    return this.#cookies;
  }

  /** The session of the request. Whoever asks uses it. */
  get live(): LiveSession {
    if (this.#failure) throw this.#failure;
    this.#isUsed = true;
    return this.entered ?? this.enter(NO_SESSION);
  }

  set live(live: LiveSession) {
    this.#live = live;
  }

  /** The same without using it; undefined while nobody had to look into it. */
  get entered(): LiveSession | undefined {
    if (this.#endsSeen !== this.runtime.principals.ends.count) this.#noticeEnd();
    const held = this.#held;
    if (held && this.#isUsed) {
      this.#held = undefined;
      this.enter(openHeld(this.runtime, held));
    }
    return this.#live;
  }

  /** The guard, handler or service of this request has looked at its session. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** A session that came with the request and that nobody has looked into yet. */
  get held(): HeldSession | undefined {
    return this.#held;
  }

  /** `SessionService` ended the session while this request ran, perhaps called by it. */
  get revoked(): Revoked | undefined {
    return this.#revoked;
  }

  hold(held: HeldSession): void {
    this.#held = held;
  }

  /** Its session could not be found out: nobody may take the request for one without a session. */
  fail(error: Error): void {
    this.#failure = error;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Takes up the session a request came with, unless it is bound to another client. */
  enter(found: Opened): LiveSession {
    const { runtime, facts } = this;
    const judgement =
      found.kind === 'present' && bindsClients(runtime)
        ? examineClient(runtime, facts, found.snapshot)
        : undefined;
    const isRefused = judgement?.changes.some(({ action }) => action === 'reject') ?? false;
    const opened = isRefused ? NO_SESSION : found;
    const live = new LiveSession(runtime, opened, this.client);
    this.#live = live;
    if (found.kind === 'absent' && found.why !== 'none') this.#forgetEnds();
    this.cameWithSession = opened.kind === 'present';
    if (opened.kind !== 'present') return live;
    this.route = opened.route;
    this.wasPersistent = live.facts.lifetime.current.isPersistent;
    this.cameSignedIn = live.facts.principal !== null;
    if (judgement) applyJudgement(live.facts, judgement);
    return live;
  }

  /** From now on the session is as it is after `destroy()`. */
  #noticeEnd(): void {
    const { runtime } = this;
    const { ends } = runtime.principals;
    this.#endsSeen = ends.count;
    const before = this.#live;
    const key = this.#held?.snapshot.key ?? keyOf(before);
    if (key === undefined || !ends.has(key)) return;
    this.#held = undefined;
    this.#revoked = { key, before };
    this.#live = new LiveSession(runtime, ENDED, this.client);
  }

  /** This response tells the client; one that is late must not clear what a new login gave it. */
  #forgetEnds(): void {
    for (const { key } of this.cookies.ids) this.runtime.principals.ends.take(key);
  }
}

/** A session that was ended from outside of its request. */
interface Revoked {
  readonly key: string;
  /** What the request did to it until then; undefined: nobody had looked. */
  readonly before: LiveSession | undefined;
}

const NO_SESSION: Opened = { kind: 'absent', why: 'none' };
const ENDED: Opened = { kind: 'ended', here: false };

function keyOf(live: LiveSession | undefined): string | undefined {
  return live?.presence.kind === 'present' ? live.presence.snapshot.key : undefined;
}

/** How logs name a request: never with its query, which may carry anything. */
export function requestName({ facts }: ExchangeState): string {
  return `${facts.method} ${facts.target.split('?', 1)[0]}`;
}

/** The request is not the user's doing and does not extend the idle time. */
export function isPassive({ facts, isPassive }: ExchangeState): boolean {
  return isPassive || facts.header(REQUEST_HEADERS.sessionPassive)?.trim() === '?1';
}

/** Whether the request extends the idle time of its session. */
export function extendsIdle(state: ExchangeState): boolean {
  const { touch } = state.runtime.policy;
  return (touch === 'on-request' || state.isUsed) && !isPassive(state);
}

/**
 * How the changes of a request are stored. `renew`: the client can learn of another id. `journal`: an
 * outcome to remember with them.
 */
export function commitOptions(
  { durability, onConflict, lock }: ExchangeState,
  { renew, journal }: Pick<CommitOptions, 'renew' | 'journal'>,
): CommitOptions {
  const expect = onConflict === 'reject' ? 'exact' : undefined;
  return { durability, expect, lock: lock?.held, journal, renew };
}
