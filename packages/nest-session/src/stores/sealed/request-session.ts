import { createHash } from 'node:crypto';
import {
  applyOperations,
  type CommitRequest,
  type CommitResult,
  type CreateRequest,
  type OpenResult,
  type RateDecision,
  type ReserveResult,
  type RotateRequest,
  type SessionDocument,
  type SessionSnapshot,
  type SessionStore,
} from '@understudy/replication';
import { SessionTooLargeError, SessionUsageError } from '../../errors.js';
import type { VerifiedId } from '../../identity/id-cookie.js';
import type { KeyRing } from '../../identity/key-ring.js';
import type { SealingKeys } from './sealing-keys.js';
import { buildSeenCookie, lastSeenMs } from './seen-cookie.js';
import { looksLikeToken, openToken, type SealedSession, sealSession } from './session-token.js';

export const COOKIE_LABEL = 'cookie';

/** A cookie that says when the session was last used is given anew after this. */
const SEEN_EVERY_MS = 1000;

export interface RequestSessionParts {
  readonly keys: SealingKeys;
  readonly seenKeys: KeyRing;
  /** The longest token that the client would keep. */
  readonly limit: number;
  now(): number;
  /** A token came that none of the keys sealed. */
  refused(): void;
  ended(key: string, reason: string): void;
}

/**
 * The session that one request came with, as the store of that request: what is written is in the token
 * of its response, and nowhere else.
 */
export class RequestSession implements SessionStore {
  readonly label = COOKIE_LABEL;
  /** What came, by its hash. */
  readonly #tokens = new Map<string, string>();
  #seenCookies: readonly string[] = [];
  #session: SealedSession | undefined;
  #seenMs = 0;
  #token: string | undefined;
  #isTouched = false;
  #isAnswered = false;
  #hasEnded = false;

  constructor(private readonly parts: RequestSessionParts) {}

  /** Takes what came as the id; opened by {@link open}, under the hash of it. */
  check(token: string): VerifiedId | undefined {
    if (!looksLikeToken(token)) return undefined;
    const key = createHash('sha256').update(token).digest('base64url');
    this.#tokens.set(key, token);
    return { id: key, key, issuedAtSeconds: 0 };
  }

  /** Nothing says where a session is: it is here. Takes what says when it was last used. */
  find(values: readonly string[]): undefined {
    this.#seenCookies = values;
  }

  /** The cookie that says when the session was last used, when it is to be given anew. */
  build(_route: unknown, key: string): string | undefined {
    this.#isAnswered = true;
    const nowMs = this.parts.now();
    if (!this.#isTouched || nowMs - this.#seenMs < SEEN_EVERY_MS) return undefined;
    return buildSeenCookie(key, nowMs, this.parts.seenKeys);
  }

  /** The token that the client does not have yet. */
  get newToken(): string | undefined {
    return this.#token;
  }

  wouldOwn(): boolean {
    return true;
  }

  mintTries(): number {
    return 1;
  }

  async open(key: string): Promise<OpenResult> {
    if (this.#hasEnded) return { status: 'destroyed', reason: 'logout' };
    if (this.#session?.key === key) return { status: 'found', snapshot: this.#snapshot() };
    const token = this.#tokens.get(key);
    if (token === undefined) return { status: 'unknown' };
    const nowMs = this.parts.now();
    const session = await openToken(token, this.parts.keys, nowMs);
    if (!session) {
      this.parts.refused();
      return { status: 'destroyed' };
    }
    const seenMs = Math.max(
      session.issuedAtMs,
      Math.min(nowMs, lastSeenMs(this.#seenCookies, session.key, this.parts.seenKeys)),
    );
    if (nowMs >= session.endsAtMs || nowMs - seenMs >= session.idleTimeoutMs) {
      return { status: 'destroyed', reason: 'expired' };
    }
    this.#session = session;
    this.#seenMs = seenMs;
    return { status: 'found', snapshot: this.#snapshot() };
  }

  create(request: CreateRequest): Promise<CommitResult> {
    const { key, data, system, idleTimeoutMs, absoluteTimeoutMs } = request;
    const endsAtMs = this.parts.now() + absoluteTimeoutMs;
    return this.#store({ key, document: { data, system }, idleTimeoutMs, endsAtMs });
  }

  async commit({ operations, idleTimeoutMs }: CommitRequest): Promise<CommitResult> {
    const session = this.#session;
    if (!session || this.#hasEnded) return { status: 'destroyed' };
    const document = applyOperations(session.document, operations);
    return this.#store({ ...session, document, ...(idleTimeoutMs && { idleTimeoutMs }) });
  }

  async rotate(request: RotateRequest): Promise<CommitResult> {
    const session = this.#session;
    if (!session || this.#hasEnded) return { status: 'destroyed' };
    const { to: key, operations, idleTimeoutMs, absoluteTimeoutMs } = request;
    const document = applyOperations(session.document, operations);
    const endsAtMs = absoluteTimeoutMs ? this.parts.now() + absoluteTimeoutMs : session.endsAtMs;
    return this.#store({
      ...session,
      key,
      document,
      endsAtMs,
      ...(idleTimeoutMs && { idleTimeoutMs }),
    });
  }

  touch(): void {
    this.#isTouched = true;
  }

  async destroy(key: string, reason: string): Promise<void> {
    this.#hasEnded = true;
    this.#token = undefined;
    this.parts.ended(key, reason);
  }

  async reserve(): Promise<ReserveResult> {
    throw notThere('idempotency keys');
  }

  release(): void {}

  async consume(): Promise<RateDecision> {
    throw notThere('rate limits');
  }

  async #store(change: {
    readonly key: string;
    readonly document: SessionDocument;
    readonly idleTimeoutMs: number;
    readonly endsAtMs: number;
  }): Promise<CommitResult> {
    if (this.#isAnswered) {
      throw new SessionUsageError('the session is in a cookie, and the headers have left');
    }
    const { keys, limit } = this.parts;
    const issuedAtMs = this.parts.now();
    const session = { ...change, seq: (this.#session?.seq ?? 0) + 1, issuedAtMs };
    const token = await sealSession(session, keys);
    // Before anything is told to the client: a browser drops what is larger in silence.
    if (token.length > limit) throw new SessionTooLargeError(token.length, limit);
    this.#session = session;
    this.#seenMs = issuedAtMs;
    this.#token = token;
    const { version, document, owner, backups } = this.#snapshot();
    return { status: 'committed', version, document, owner, backups, copies: 0 };
  }

  #snapshot(): SessionSnapshot {
    const { key, seq, document, idleTimeoutMs, endsAtMs } = this.#session as SealedSession;
    const nowMs = this.parts.now();
    const absoluteRemainingMs = endsAtMs - nowMs;
    return {
      key,
      version: { epoch: 1, seq },
      document,
      idleRemainingMs: Math.min(this.#seenMs + idleTimeoutMs - nowMs, absoluteRemainingMs),
      absoluteRemainingMs,
      owner: COOKIE_LABEL,
      backups: [],
    };
  }
}

/** What an application asked for that no cookie can do. */
export function notThere(what: string): SessionUsageError {
  return new SessionUsageError(
    `${what}: not with cookieStore(), which keeps nothing on the server`,
  );
}
